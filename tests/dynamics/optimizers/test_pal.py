"""PAL against rational arithmetic on parabolas and cubics, and the protocol of torch's optimizers."""

import copy
import pickle
import sys
from fractions import Fraction

import pytest
import torch

from dynamics import PAL, deep_relu
from tests.dynamics.known_networks import F64, normal
from tests.dynamics.optimizers.saved_runs import assert_a_saved_run_continues

EPS = sys.float_info.epsilon
# The rounding of l(mu) - l(0) - b mu is a few ulps of its terms, all below 100 here, and is divided by mu^2 >= 1/16, then by 2a >= 1/8.
ROUNDINGS = 4 * EPS * 100 * 16 * 8


def taken(optimizer, parameters, function, steps):
    """The points after each step, as floats."""
    path = []

    def closure():
        optimizer.zero_grad()
        loss = function(*parameters)
        loss.backward()
        return loss

    for _ in range(steps):
        optimizer.step(closure)
        path.append([float(p.detach()) for p in parameters])
    return path


def numbers(*values):
    return [torch.tensor(float(value), dtype=F64, requires_grad=True) for value in values]


@pytest.mark.claim("mutschler-zell:algorithm-pal", "mutschler-zell:equation-2")
@pytest.mark.parametrize("mu", [0.25, 1.0, 3.0])
@pytest.mark.parametrize("beta", [Fraction(0), Fraction(1, 2)])
def test_on_parabolas_it_is_the_exact_line_search_whatever_mu_is(mu, beta):
    """L = (x^2 + 3 y^2)/2: theta - v <g, v>/(v'Hv), rational although |v| is not."""
    parameters = numbers(2, 1)
    optimizer = PAL(parameters, mu, s_max=None, momentum=float(beta))
    theta, v = [Fraction(2), Fraction(1)], [Fraction(0)] * 2
    for found in taken(optimizer, parameters, lambda x, y: (x**2 + 3 * y**2) / 2, 4):
        g = [theta[0], 3 * theta[1]]
        v = [beta * a + b for a, b in zip(v, g, strict=True)]
        s = max(Fraction(0), (g[0] * v[0] + g[1] * v[1]) / (v[0] ** 2 + 3 * v[1] ** 2))
        theta = [a - s * b for a, b in zip(theta, v, strict=True)]
        assert found == pytest.approx([float(t) for t in theta], rel=0, abs=ROUNDINGS)


def rule(loss, slope, start, steps, mu, alpha, s_max, beta):
    """The full rule for one variable in rationals, case by case."""
    theta, v, cases = start, Fraction(0), []
    for _ in range(steps):
        g = slope(theta)
        v = beta * v + g
        if v == 0:
            s, case, direction = Fraction(0), "nowhere", 0
        else:
            direction = -1 if v > 0 else 1
            b = g * direction
            a = (loss(theta + mu * direction) - loss(theta) - b * mu) / mu**2
            if b >= 0:
                s, case = Fraction(0), "uphill"
            elif a > 0:
                s, case = -alpha * b / (2 * a), "parabola"
            else:
                s, case = mu, "mu"
            if s_max is not None and s > s_max:
                s, case = s_max, "cut"
        theta += s * direction
        cases.append((theta, s, case))
    return cases


ONE, HALF, QUARTER = Fraction(1), Fraction(1, 2), Fraction(1, 4)
CUBIC = (lambda x: x**3 / 6 + x**2 / 2, lambda x: x**2 / 2 + x)
TURNED = (lambda x: -(x**3) / 6 - x**2 / 2, lambda x: -(x**2) / 2 - x)
BOWL = (lambda x: x**2 / 2, lambda x: x)
SLOPE = (lambda x: 3 * x, lambda x: Fraction(3) + 0 * x)
RULES = {  # loss and slope, start, steps, mu, alpha, s_max, beta; the cases that must occur
    "cubic": (CUBIC, ONE, 4, HALF, ONE, None, Fraction(0), {"parabola"}),
    "cubic, alpha and momentum": (CUBIC, ONE, 5, QUARTER, HALF, Fraction(2), HALF, {"parabola"}),
    "negative curvature": (TURNED, -ONE / 4, 3, QUARTER, ONE, Fraction(2), Fraction(0), {"mu"}),
    "a straight line": (SLOPE, ONE, 2, HALF, ONE, None, Fraction(0), {"mu"}),
    "mu beyond s_max": (SLOPE, ONE, 2, HALF, ONE, QUARTER, Fraction(0), {"cut"}),
    "the cap": (BOWL, Fraction(5), 4, HALF, ONE, Fraction(3, 2), Fraction(0), {"cut", "parabola"}),
    "uphill": (BOWL, Fraction(4), 4, HALF, Fraction(3, 2), None, Fraction(9, 10), {"parabola", "uphill"}),
    "at the bottom": (BOWL, Fraction(0), 2, HALF, ONE, None, HALF, {"nowhere"}),
}


@pytest.mark.claim("mutschler-zell:algorithm-pal", "mutschler-zell:equation-2")
@pytest.mark.parametrize("name", RULES)
def test_the_full_rule_in_rational_arithmetic(name):
    (loss, slope), start, steps, mu, alpha, s_max, beta, occur = RULES[name]
    expected = rule(loss, slope, start, steps, mu, alpha, s_max, beta)
    assert occur <= {case for _, _, case in expected}
    parameters = numbers(start)
    optimizer = PAL(parameters, float(mu), float(alpha), None if s_max is None else float(s_max), float(beta))
    for theta, s, _ in expected:
        (found,) = taken(optimizer, parameters, loss, 1)[0]
        assert found == pytest.approx(float(theta), rel=0, abs=ROUNDINGS)
        assert optimizer.last_step.step_size == pytest.approx(float(s), rel=0, abs=ROUNDINGS)


def task():
    network = deep_relu([3, 8, 2])
    return network, [(normal(6, 3, seed=i), normal(6, 2, seed=i + 50)) for i in range(4)]


def train(network, optimizer, batches, steps, begin=0):
    path = []
    for k in range(begin, begin + steps):
        x, y = batches[k % len(batches)]

        def closure(x=x, y=y):
            optimizer.zero_grad()
            loss = (network(x) - y).square().mean()
            loss.backward()
            return loss

        optimizer.step(closure)
        path.append(torch.cat([p.detach().clone().flatten() for p in network.parameters()]))
    return path


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "mu": 0.01}, {"alpha": 1.5, "s_max": None}])
def test_a_saved_run_continues_as_if_it_had_not_stopped(options):
    assert_a_saved_run_continues(
        task,
        lambda network: PAL(network.parameters(), **options),
        lambda network: PAL(network.parameters(), alpha=0.1),
        train,
        5,
    )


def test_copies_go_on_by_themselves_and_keep_the_last_step():
    network, batches = task()
    optimizer = PAL(network.parameters(), momentum=0.5)
    train(network, optimizer, batches, 3)
    other, other_optimizer = copy.deepcopy((network, optimizer))
    assert other_optimizer.last_step == pickle.loads(pickle.dumps(optimizer)).last_step == optimizer.last_step
    there = train(other, other_optimizer, batches, 4, begin=3)
    assert all(torch.equal(a, b) for a, b in zip(there, train(network, optimizer, batches, 4, begin=3), strict=True))


def test_groups_share_one_line():
    network, batches = task()
    apart, _ = task()
    groups = [{"params": [p]} for p in apart.parameters()]
    together = train(network, PAL(network.parameters(), momentum=0.5), batches, 4)
    assert all(torch.equal(a, b) for a, b in zip(together, train(apart, PAL(groups, momentum=0.5), batches, 4), strict=True))


def test_the_closure_is_called_at_both_points_with_gradients_and_the_first_ones_are_kept():
    x, points = numbers(3)[0], []
    optimizer = PAL([x], mu=0.5, s_max=None)

    def closure():
        optimizer.zero_grad()
        points.append((float(x.detach()), torch.is_grad_enabled()))
        loss = x.square()
        loss.backward()
        return loss

    assert float(optimizer.step(closure).detach()) == 9.0
    assert points == [(3.0, True), (2.5, True)] and float(x.grad) == 6.0 and float(x.detach()) == pytest.approx(0, abs=ROUNDINGS)


def test_float32_parameters_stay_float32():
    network = deep_relu([3, 8, 2], dtype=torch.float32)
    x, y = normal(6, 3, dtype=torch.float32), normal(6, 2, dtype=torch.float32)
    optimizer = PAL(network.parameters(), momentum=0.5)
    train(network, optimizer, [(x, y)], 20)
    assert all(p.dtype == torch.float32 for p in network.parameters())
    start = deep_relu([3, 8, 2], dtype=torch.float32)
    ended, began = (float((net(x) - y).square().mean().detach()) for net in (network, start))
    assert ended < began / 2
