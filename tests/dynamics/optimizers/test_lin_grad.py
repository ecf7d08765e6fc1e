"""LinGrad against Algorithm 1 in rational arithmetic, and the protocol of torch's optimizers."""

import copy
from fractions import Fraction

import pytest
import torch
from torch import nn

from dynamics import LinGrad, Network, deep_linear, initialise, logistic, resnet20
from tests.dynamics.known_networks import F64, NETWORKS, normal
from tests.dynamics.optimizers.saved_runs import assert_a_saved_run_continues

F32 = torch.float32
# Ten steps of some twenty roundings each, of positive numbers; the maps here stretch errors by less than 10 a step at first
# once. A measurement with psi < 1 takes a difference of order psi^2 of states of order 1, so it keeps 1 / psi^2 fewer digits.
CLOSE = 1e-12


def algorithm_1(weights, batches, epsilon_star, history, every, psi, steps):
    """The printed algorithm for u_{i+1} = w_i u_i and J the mean of (u_I - y)^2 / 2, in rationals: the weights after each step."""
    s, L, path = [Fraction(w) for w in weights], [], []
    for k in range(steps):
        batch = batches[k % len(batches)]
        sigma = [Fraction(0)] * len(s)
        for x, y in batch:
            u = [Fraction(x)]
            for w in s:
                u.append(w * u[-1])
            bar = u[-1] - y
            for i in reversed(range(len(s))):
                sigma[i] -= bar * u[i] / len(batch)
                bar *= s[i]
        if k % every == 0:
            epsilon = Fraction(0)
            for x, _ in batch:
                old, new, v = Fraction(x), Fraction(x), Fraction(0)
                for w, direction in zip(s, sigma, strict=True):
                    v = w * v * 1 + direction * psi * old
                    old, new = w * old, (w + direction * psi) * new
                    epsilon += abs(new - old - v) / abs(v) / len(s) / len(batch)
            L.append(psi * epsilon_star / epsilon)
            psi = min(L[-history:])
        s = [w + direction * psi for w, direction in zip(s, sigma, strict=True)]
        path.append(s)
    return path


def train(network, optimizer, batches, steps, begin=0, factor=1.0):
    path = []
    for k in range(begin, begin + steps):
        x, y = batches[k % len(batches)]
        optimizer.zero_grad()
        (factor * (network(x) - y).square().sum(1).mean() / 2).backward()
        optimizer.step(inputs=x)
        path.append(torch.cat([p.detach().clone().flatten() for p in network.parameters()]))
    return path


def scalar_network(weights):
    network = deep_linear([1] * (len(weights) + 1))
    for parameter, weight in zip(network.parameters(), weights, strict=True):
        parameter.data.fill_(float(weight))
    return network


def tensors(batches):
    return [tuple(torch.tensor([[float(pair[i])] for pair in batch], dtype=F64) for i in (0, 1)) for batch in batches]


BATCHES = [[(1, 2), (2, 3)], [(3, 1), (1, -1)], [(1, 4), (-1, 2)]]


@pytest.mark.claim("ni-talnikar:algorithm-1")
@pytest.mark.parametrize(
    ("weights", "epsilon_star", "history", "every", "initial_step"),
    [
        ([1, 2], Fraction(3, 10), 50, 1, 1),
        ([1, 2], Fraction(3, 10), 2, 1, Fraction(1, 100)),
        ([1, 2], Fraction(1, 10), 50, 3, 10),
        ([Fraction(1, 2), 1, Fraction(3, 2)], Fraction(1, 5), 1, 2, 1),
        ([Fraction(1, 2), 1, Fraction(3, 2)], Fraction(1, 20), 3, 1, Fraction(1, 8)),
    ],
)
def test_the_first_steps_are_algorithm_1(weights, epsilon_star, history, every, initial_step):
    exact = algorithm_1(
        weights, BATCHES, epsilon_star, history, every, Fraction(initial_step), steps=4
    )  # the digits multiply tenfold a step
    network = scalar_network(weights)
    optimizer = LinGrad(network.parameters(), network, float(epsilon_star), history, every, float(initial_step), max_growth=float("inf"))
    for found, expected in zip(train(network, optimizer, tensors(BATCHES), 4), exact, strict=True):
        assert found.tolist() == pytest.approx([float(w) for w in expected], rel=CLOSE / min(1, initial_step) ** 2)


@pytest.mark.claim("ni-talnikar:text-tenfold")
def test_ten_times_the_objective_changes_nothing_where_epsilon_is_linear():
    # two scalar layers: epsilon = psi |sigma_1 sigma_2 / (2 v_2)| |x|, exactly linear in psi
    paths = []
    for factor in (1.0, 10.0):
        network = scalar_network([1, 2])
        optimizer = LinGrad(network.parameters(), network, 0.07, every=1, history=2)  # at 0.1 a weight lands on 0 exactly, and epsilon is 0
        paths.append(train(network, optimizer, tensors(BATCHES), 5, factor=factor))
    assert torch.allclose(torch.stack(paths[0]), torch.stack(paths[1]), rtol=CLOSE, atol=0)
    # three layers: epsilon has a term in psi^2, so the same initial step gives another first measurement
    ends = []
    for factor in (1.0, 10.0):
        network = scalar_network([1, 2, 1])
        ends.append(train(network, LinGrad(network.parameters(), network, 0.1), tensors(BATCHES), 1, factor=factor)[-1])
    assert not torch.allclose(*ends, rtol=1e-3)


def logistic_task(dtype=F64):
    network = initialise(logistic([3, 6, 2]), "gaussian", seed=0).to(dtype)
    return network, [(normal(5, 3, seed=i).to(dtype), normal(5, 2, seed=i + 50).to(dtype)) for i in range(4)]


@pytest.mark.parametrize("options", [{}, {"measure": "ratio-of-means"}, {"tangent": "finite-difference"}])
def test_a_saved_run_continues_as_if_it_had_not_stopped(options):
    assert_a_saved_run_continues(
        logistic_task,
        lambda network: LinGrad(network.parameters(), network, every=3, history=2, **options),
        lambda network: LinGrad(network.parameters(), network, epsilon_star=0.9, every=7),
        train,
        8,
    )


def test_copies_go_on_by_themselves():
    network, batches = logistic_task()
    optimizer = LinGrad(network.parameters(), network, every=2)
    train(network, optimizer, batches, 3)
    other, other_optimizer = copy.deepcopy((network, optimizer))
    there = train(other, other_optimizer, batches, 4, begin=3)
    assert all(torch.equal(a, b) for a, b in zip(there, train(network, optimizer, batches, 4, begin=3), strict=True))


def test_the_closure_is_evaluated_once_with_gradients_and_its_loss_returned():
    network, batches = logistic_task()
    plain, _ = logistic_task()
    optimizer, (x, y), calls = LinGrad(network.parameters(), network), batches[0], []

    def closure():
        calls.append(torch.is_grad_enabled())
        optimizer.zero_grad()
        loss = (network(x) - y).square().sum(1).mean() / 2
        loss.backward()
        return loss

    before = ((network(x) - y).square().sum(1).mean() / 2).item()
    assert optimizer.step(closure, inputs=x).item() == before and calls == [True]
    expected = train(plain, LinGrad(plain.parameters(), plain), batches[:1], 1)[0]
    assert torch.equal(torch.cat([p.detach().flatten() for p in network.parameters()]), expected)


def test_groups_hooks_and_schedulers():
    network, batches = logistic_task()
    first, second = network.layer1, network.layer2
    optimizer = LinGrad([{"params": first.parameters(), "scale": 2.0}], network)
    optimizer.add_param_group({"params": list(second.parameters())})
    seen = []
    optimizer.register_step_post_hook(lambda *_: seen.append(1))
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    gradient, start = [], [p.detach().clone() for p in network.parameters()]
    train(network, optimizer, batches, 1)
    psi, gradient = optimizer.param_groups[1]["lr"], [p.grad for p in network.parameters()]
    assert seen == [1] and psi == optimizer.last_measurement.step_size == optimizer.param_groups[0]["lr"]
    for scale, p, old, g in zip([2, 2, 1, 1], network.parameters(), start, gradient, strict=True):
        assert torch.allclose(p, old - psi * scale * g, rtol=1e-14, atol=0)
    scheduler.step()
    assert [group["lr"] for group in optimizer.param_groups] == [psi / 2] * 2


@pytest.mark.parametrize("measure", ["mean-of-ratios", "ratio-of-means"])
@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_trains(name, measure):
    make, shape, _ = NETWORKS[name]
    network = make()
    x = normal(4, *shape, seed=3)
    y = network(x).detach() + 1
    optimizer = LinGrad(network.parameters(), network, epsilon_star=0.01, every=1, history=5, measure=measure)
    train(network, optimizer, [(x, y)], 3)
    assert (network(x) - y).square().mean() < 1 and 0 < optimizer.last_measurement.step_size < float("inf")


def test_float32_follows_float64():
    ends = []
    for dtype in (F64, F32):
        network, batches = logistic_task(dtype)
        ends.append(train(network, LinGrad(network.parameters(), network), batches, 1)[-1])
    # epsilon is a difference of states over a step of 0.1 to 1 of their size: 1e-7 becomes at most 1e-5
    assert ends[1].dtype == F32 and torch.allclose(ends[0], ends[1].double(), rtol=1e-4, atol=1e-4)


def test_a_zero_gradient_or_a_dead_layer_freezes_nothing():
    network, batches = logistic_task()
    optimizer = LinGrad(network.parameters(), network, every=1, initial_step=0.7)
    x = batches[0][0]
    train(network, optimizer, [(x, network(x).detach())], 1)  # the residual is 0
    assert optimizer.last_measurement.candidate is None and optimizer.param_groups[0]["lr"] == 0.7
    train(network, optimizer, batches, 1)
    assert optimizer.last_measurement.candidate == optimizer.param_groups[0]["lr"] > 0
    # one sample of two has a dead ReLU, and so 0/0 everywhere: the other one decides
    net = initialise(Network(nn.Linear(1, 1, bias=False, dtype=F64), nn.ReLU(), nn.Linear(1, 1, bias=False, dtype=F64)), "identity", seed=0)
    both = LinGrad(net.parameters(), net, every=1)
    train(net, both, [(torch.tensor([[1.0], [-1.0]], dtype=F64), torch.tensor([[2.0], [0.0]], dtype=F64))], 1)
    assert both.last_measurement.candidate > 0


@pytest.mark.parametrize("dtype", [F64, F32])
def test_a_linear_network_keeps_its_step(dtype):
    network = initialise(deep_linear([8, 8], dtype=dtype), "gaussian", seed=0)
    optimizer = LinGrad(network.parameters(), network, every=1, initial_step=0.05)
    train(network, optimizer, [(normal(20, 8, dtype=dtype), normal(20, 8, seed=1, dtype=dtype))], 5)
    assert optimizer.param_groups[0]["lr"] == 0.05 and optimizer.last_measurement.epsilon < 1e-4


@pytest.mark.parametrize("dtype", [F64, F32])
@pytest.mark.parametrize("history", [1, 50])
def test_where_epsilon_is_zero_but_for_roundings_neither_weights_nor_steps_explode(dtype, history):
    # sigma_2 = -(bar u_1) is 0 with the weight of layer 1, and so is epsilon, a product of sigma_1 and sigma_2
    first = {}
    for weight in (0.0, 0.1 + 0.2 - 0.3, 1e-12, 1e-8, 1e-4):  # 0 exactly; one rounding; the roundings of more and more steps
        network = scalar_network([weight, 1.5]).to(dtype)
        optimizer = LinGrad(network.parameters(), network, 0.1, every=1, history=history, initial_step=0.05)
        batches = [(x.to(dtype), y.to(dtype)) for x, y in tensors(BATCHES)]
        path = train(network, optimizer, batches, 1)
        first[weight] = optimizer.last_measurement
        path += train(network, optimizer, batches, 5, begin=1)
        assert torch.stack(path).abs().max() < 10 and 1e-3 < optimizer.param_groups[0]["lr"] < 10, weight
    for weight in (0.0, 0.1 + 0.2 - 0.3):  # nothing to be seen: the step is kept
        assert first[weight].candidate is None and first[weight].step_size == 0.05
    assert first[1e-4].candidate > 100 and first[1e-4].step_size == 10 * 0.05  # seen, and far beyond the cap


def test_growth_is_capped_but_the_list_is_not_and_overflow_retreats():
    network, batches = logistic_task()
    optimizer = LinGrad(network.parameters(), network, every=1, initial_step=1e-6, max_growth=10.0)
    train(network, optimizer, batches, 1)
    first = optimizer.last_measurement
    assert first.step_size == 10 * 1e-6 and first.candidate > 1e-2
    net = scalar_network([1, 2])
    far = LinGrad(net.parameters(), net, every=1, initial_step=1e300)
    train(net, far, tensors(BATCHES), 1)
    assert far.last_measurement.tried < 1e155 and 0 < far.last_measurement.step_size < 10


def test_a_small_resnet_with_group_norm_in_float32():
    network = resnet20(10, norm="group", width=4, dtype=F32)
    x, labels = normal(8, 3, 16, 16, dtype=F32), torch.arange(8)
    optimizer = LinGrad(network.parameters(), network, every=2)
    losses = []
    for _ in range(6):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(network(x), labels)
        loss.backward()
        optimizer.step(inputs=x)
        losses.append(loss.item())
    assert losses[-1] < losses[0]
