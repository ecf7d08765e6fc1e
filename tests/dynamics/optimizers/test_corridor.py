"""CorridorSGD against exact arithmetic, optax and the protocol of torch's optimizers."""

import copy
import json
import os
import subprocess
import sys
from fractions import Fraction

import pytest
import sympy as sp
import torch
from torch import nn

from dynamics import CorridorSGD, deep_relu
from dynamics.optimizers import CorridorStep
from tests.dynamics.known_networks import F64, normal
from tests.dynamics.optimizers.saved_runs import assert_a_saved_run_continues
from theory.corridors import corridor_step, momentum_displacement

X, Y = sp.symbols("x y", real=True)
# A step of these losses is some twenty operations on numbers of size 10 at most, and the next steps stretch errors less than tenfold.
ROUNDINGS = 1e-13
# Two libraries that sum in other orders, 15 steps; L - L* = 1e-8 of L = 1 keeps 8 digits of 16, of a step that is 1e-4 then.
AGREES = 1e-10

LOSSES = {  # minimum, start
    "bowl": (X**2 + 3 * Y**2 / 2, 0, (1, 2)),
    "shifted bowl": (X**2 + 3 * Y**2 / 2 + sp.Rational(7, 3), sp.Rational(7, 3), (1, -1)),
    "quartic": (X**4 + X**2 * Y**2 + Y**4, 0, (1, sp.Rational(1, 2))),
    "lower bound that is not reached": ((X - Y) ** 2 + 1, 0, (2, 0)),
    "scalar network": ((X * Y - 2) ** 2 / 2, 0, (1, sp.Rational(3, 2))),
    "negative losses": (X**2 + Y**2 - 5, -5, (2, 1)),
}


def numbers(*values):
    return [torch.tensor(float(v), dtype=F64, requires_grad=True) for v in values]


def descend(parameters, optimizer, function, steps):
    """The points after each step, as floats."""
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = function(*parameters)
        loss.backward()
        optimizer.step(loss=loss)
        path.append([float(p.detach()) for p in parameters])
    return path


@pytest.mark.claim("dherin-rosca:equation-3", "dherin-rosca:text-polyak-def")
@pytest.mark.parametrize("name", LOSSES)
def test_steps_are_those_of_theory_in_exact_arithmetic(name):
    loss, minimum, start = LOSSES[name]
    exact, point = corridor_step(loss, (X, Y), minimum), dict(zip((X, Y), map(sp.Rational, start), strict=True))
    parameters = numbers(*start)
    optimizer = CorridorSGD(parameters, minimum=float(minimum))
    for found in descend(parameters, optimizer, sp.lambdify((X, Y), loss, "math"), 3):
        point = {s: value.subs(point, simultaneous=True) for s, value in zip((X, Y), exact, strict=True)}
        assert found == pytest.approx([float(point[X]), float(point[Y])], rel=ROUNDINGS, abs=ROUNDINGS)


def exactly(start, steps, multiplier, limit, beta):
    """Equations 4 to 6 with the corridor rate for L = (x^2 + 3 y^2)/2, in rationals: points and step sizes."""
    theta, v, path = [Fraction(s) for s in start], [Fraction(0)] * 2, []
    for _ in range(steps):
        g = [theta[0], 3 * theta[1]]
        h = multiplier * (theta[0] ** 2 + 3 * theta[1] ** 2) / 2 / (g[0] ** 2 + g[1] ** 2)
        h = h if limit is None else min(h, limit)
        v = [beta * a - h * b for a, b in zip(v, g, strict=True)]
        theta = [a + b for a, b in zip(theta, v, strict=True)]
        path.append((theta, h))
    return path


@pytest.mark.claim("dherin-rosca:equation-3", "dherin-rosca:equation-4-6")
@pytest.mark.parametrize(
    ("multiplier", "limit", "beta"),
    [(Fraction(1), None, Fraction(0)), (Fraction(1, 2), None, Fraction(1, 2)), (Fraction(2), Fraction(1, 3), Fraction(9, 10))],
)
def test_multiplier_limit_and_momentum_in_exact_arithmetic(multiplier, limit, beta):
    parameters = numbers(2, 1)
    optimizer = CorridorSGD(parameters, 0.0, float(multiplier), None if limit is None else float(limit), float(beta))
    for theta, h in exactly((2, 1), 4, multiplier, limit, beta):
        found = descend(parameters, optimizer, lambda x, y: (x**2 + 3 * y**2) / 2, 1)[0]
        assert found == pytest.approx([float(t) for t in theta], rel=ROUNDINGS, abs=ROUNDINGS)
        assert optimizer.last_step.step_size == pytest.approx(float(h), rel=ROUNDINGS)


@pytest.mark.claim("dherin-rosca:equation-4-6", "dherin-rosca:lemma-a-1")
def test_momentum_in_a_corridor_moves_as_in_lemma_a_1():
    """L = 3 x: the limit keeps h the same, so theta_n - theta_0 is momentum_displacement times g."""
    parameters = numbers(100)
    path = descend(parameters, CorridorSGD(parameters, minimum=-1e6, max_step=0.25, momentum=0.5), lambda x: 3 * x, 6)
    for n, (found,) in enumerate(path, 1):
        expected = 100 + 3 * momentum_displacement(sp.Rational(1, 2), sp.Rational(1, 4), n)
        assert found == pytest.approx(float(expected), rel=ROUNDINGS)


@pytest.mark.parametrize("dimension", [1, 2, 5])
def test_one_step_takes_a_cone_to_its_tip(dimension):
    theta = normal(dimension).requires_grad_()
    size, optimizer = float(theta.detach().norm()), CorridorSGD([theta])
    loss = 4 * theta.norm()
    loss.backward()
    optimizer.step(loss=loss)
    assert float(theta.detach().norm()) <= ROUNDINGS and optimizer.last_step.step_size == pytest.approx(size / 4, rel=ROUNDINGS)


OPTAX = """
import json, sys
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp, optax
losses = {
    "logistic": lambda w, A, y: jnp.logaddexp(0.0, -y * (A @ w)).mean() + 0.05 * (w @ w),
    "least squares": lambda w, A, y: ((A @ w - A @ jnp.ones_like(w)) ** 2).mean() / 2 + 0.75,
}
data = json.load(sys.stdin)
A, y = jnp.array(data["inputs"]), jnp.array(data["labels"])
paths = {}
for problem, (minimum, limit, steps) in data["problems"].items():
    optimizer, w = optax.polyak_sgd(max_learning_rate=limit, f_min=minimum, eps=0.0), jnp.array(data["start"])
    state, paths[problem] = optimizer.init(w), []
    for _ in range(steps):
        value, g = jax.value_and_grad(losses[problem])(w, A, y)
        updates, state = optimizer.update(g, state, w, value=value)
        w = optax.apply_updates(w, updates)
        paths[problem].append(w.tolist())
print(json.dumps(paths))
"""
# Minimum, limit, steps. optax stands still once ||g||^2 is below the machine's epsilon; near the minimum L - L* loses its digits.
CONVEX = {"logistic": (0.6, 2.0, 15), "least squares": (0.75, 100.0, 12)}


@pytest.mark.claim("dherin-rosca:text-polyak-def")
def test_optax_takes_the_same_steps_on_convex_problems():
    """In a process of its own: jax brings threads along, and warns where other tests fork."""
    pytest.importorskip("optax", reason="optax, the rival of this comparison, is not installed: pip install 'stepverdict[test]'")
    inputs, labels, start = normal(40, 6), torch.where(normal(40, seed=1) > 0, 1.0, -1.0).double(), normal(6, seed=2)
    data = json.dumps({"problems": CONVEX, "inputs": inputs.tolist(), "labels": labels.tolist(), "start": start.tolist()})
    environment = os.environ | {"JAX_PLATFORMS": "cpu"}
    found = subprocess.run([sys.executable, "-c", OPTAX], input=data, capture_output=True, text=True, env=environment)
    assert found.returncode == 0, found.stderr[-2000:]
    losses = {
        "logistic": lambda w: nn.functional.softplus(-labels * (inputs @ w)).mean() + 0.05 * (w @ w),
        "least squares": lambda w: (inputs @ (w - 1)).square().mean() / 2 + 0.75,
    }
    for problem, path in json.loads(found.stdout).items():
        minimum, limit, steps = CONVEX[problem]
        w = start.clone().requires_grad_()
        optimizer, sizes = CorridorSGD([w], minimum, max_step=limit), []
        assert len(path) == steps
        for expected in path:
            optimizer.zero_grad()
            loss = losses[problem](w)
            loss.backward()
            optimizer.step(loss=loss)
            sizes.append(optimizer.last_step.step_size)
            assert w.tolist() == pytest.approx(expected, rel=AGREES, abs=AGREES), problem
        assert min(sizes) < limit  # the limit did not choose every step


def task(dtype=F64):
    network = deep_relu([3, 8, 2], dtype=dtype)
    return network, [(normal(6, 3, seed=i).to(dtype), normal(6, 2, seed=i + 50).to(dtype)) for i in range(4)]


def train(network, optimizer, batches, steps, begin=0):
    path = []
    for k in range(begin, begin + steps):
        x, y = batches[k % len(batches)]
        optimizer.zero_grad()
        loss = (network(x) - y).square().mean()
        loss.backward()
        optimizer.step(loss=loss)
        path.append(torch.cat([p.detach().clone().flatten() for p in network.parameters()]))
    return path


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "max_step": 0.1}, {"multiplier": 0.5, "minimum": -1.0}])
def test_a_saved_run_continues_as_if_it_had_not_stopped(options):
    assert_a_saved_run_continues(
        task,
        lambda network: CorridorSGD(network.parameters(), **options),
        lambda network: CorridorSGD(network.parameters(), multiplier=0.1),
        train,
        5,
    )


def test_copies_go_on_by_themselves_and_keep_the_last_step():
    network, batches = task()
    optimizer = CorridorSGD(network.parameters(), momentum=0.5)
    train(network, optimizer, batches, 3)
    other, other_optimizer = copy.deepcopy((network, optimizer))
    assert other_optimizer.last_step == optimizer.last_step
    there = train(other, other_optimizer, batches, 4, begin=3)
    assert all(torch.equal(a, b) for a, b in zip(there, train(network, optimizer, batches, 4, begin=3), strict=True))


def test_a_closure_is_evaluated_once_with_gradients_and_its_loss_returned():
    network, batches = task()
    plain, _ = task()
    optimizer, (x, y), calls = CorridorSGD(network.parameters()), batches[0], []

    def closure():
        calls.append(torch.is_grad_enabled())
        optimizer.zero_grad()
        loss = (network(x) - y).square().mean()
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    assert calls == [True] and loss.item() == optimizer.last_step.loss
    expected = train(plain, CorridorSGD(plain.parameters()), batches[:1], 1)[0]
    assert torch.equal(torch.cat([p.detach().flatten() for p in network.parameters()]), expected)


def test_the_norm_is_over_all_groups_and_each_has_its_own_options():
    first, second = (torch.tensor([v], dtype=F64, requires_grad=True) for v in (3.0, 4.0))
    optimizer = CorridorSGD([{"params": [first], "multiplier": 2.0}], max_step=10.0)
    optimizer.add_param_group({"params": [second], "max_step": 0.25})
    seen = []
    optimizer.register_step_post_hook(lambda *_: seen.append(1))
    loss = (first**2 + second**2).sum() / 2  # 12.5, g = theta, so h = 1/2
    loss.backward()
    optimizer.step(loss=loss)
    assert optimizer.last_step == CorridorStep(12.5, 5.0, (1.0, 0.25)) and seen == [1]
    assert (first.item(), second.item()) == (0.0, 3.0)


def test_float32_follows_float64():
    ends = []
    for dtype in (F64, torch.float32):
        network, batches = task(dtype)
        ends.append(train(network, CorridorSGD(network.parameters(), max_step=1.0), batches, 3)[-1])
    # three steps of some 100 roundings of 6e-8
    assert ends[1].dtype == torch.float32 and torch.allclose(ends[0], ends[1].double(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("dtype", "x"), [(F64, 1e-60), (torch.float32, 1e-9), (F64, 1e60)])
def test_squares_that_underflow_or_overflow_do_no_harm(dtype, x):
    """L = x^4: g^2 = 16 x^6 is no float64 at 1e-60 and 1e60, nor a float32 at 1e-9; x goes to 3/4 x all the same."""
    theta = torch.tensor(x, dtype=dtype, requires_grad=True)
    optimizer = CorridorSGD([theta])
    theta.grad = 4 * theta.detach() ** 3
    optimizer.step(loss=float(theta.detach().double() ** 4))
    assert theta.item() == pytest.approx(0.75 * x, rel=1e-6 if dtype == torch.float32 else ROUNDINGS)
