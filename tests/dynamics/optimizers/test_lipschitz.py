"""The optimizers that divide by a gradient bound: against rational arithmetic, against torch's own, and their invariances."""

import copy
import io
from fractions import Fraction

import pytest
import torch
from torch import nn

from dynamics import AdaMo, AutoAdam, LastLayerBound, LipschitzRMSprop, LipschitzSGD, measured_norm

F64 = torch.float64
CLOSE = 1e-12  # twenty steps of some thirty roundings each, and maps that stretch errors by less than 2 a step, relative to 1
FOUR = [LipschitzSGD, AdaMo, LipschitzRMSprop, AutoAdam]


def quadratic(w, factor=1.0):
    """(3 x^2 + 5 y^2)/2 - x, times a factor."""
    return factor * ((torch.tensor([3.0, 5.0], dtype=F64) * w.square()).sum() / 2 - w[0])


def run(make, steps, loss=quadratic, start=(2.0, -1.0)):
    w = torch.tensor(start, dtype=F64, requires_grad=True)
    optimizer, path = make([w]), []
    for _ in range(steps):
        optimizer.zero_grad()
        loss(w).backward()
        optimizer.step()
        path.append(w.detach().clone())
    return torch.stack(path)


def rational_steps(beta, bounds, start):
    """AdaMo in rationals on x^2/2, for given bounds; beta = 0 is LipschitzSGD."""
    w, V, K, path = Fraction(start), Fraction(0), Fraction(0), []
    for M in bounds:
        V, K = beta * V + (1 - beta) * w, beta * K + (1 - beta) * M
        w -= V / K
        path.append(w)
    return path


BOUNDS = [Fraction(5, 2), Fraction(7, 3), Fraction(4), Fraction(9, 8), Fraction(2), Fraction(11, 4)]


@pytest.mark.claim("yedida-saha:algorithm-1")
@pytest.mark.parametrize("beta", [Fraction(0), Fraction(1, 2), Fraction(9, 10)])
def test_adamo_is_exact_arithmetic(beta):
    values = iter([float(M) for M in BOUNDS])
    path = run(
        lambda params: AdaMo(params, lambda _: next(values), beta=float(beta)),
        len(BOUNDS),
        loss=lambda w: w.square().sum() / 2,
        start=(3.0,),
    )
    assert [float(w) for w in path] == pytest.approx([float(w) for w in rational_steps(beta, BOUNDS, 3)], rel=CLOSE)


def test_lipschitz_sgd_is_exact_arithmetic():
    values = iter([float(M) for M in BOUNDS])
    path = run(lambda p: LipschitzSGD(p, lambda _: next(values)), len(BOUNDS), loss=lambda w: w.square().sum() / 2, start=(3.0,))
    assert [float(w) for w in path] == pytest.approx([float(w) for w in rational_steps(0, BOUNDS, 3)], rel=CLOSE)


def test_the_measured_norm_is_that_of_all_parameters():
    v, w = (torch.zeros(n, dtype=F64, requires_grad=True) for n in (2, 1))
    (2 * v[0] + 3 * v[1] + 6 * w[0]).backward()
    assert measured_norm([v, w]) == 7.0
    LipschitzSGD([v, w]).step()
    assert torch.cat([v, w]).tolist() == pytest.approx([-2 / 7, -3 / 7, -6 / 7], rel=CLOSE)


@pytest.mark.claim("yedida-saha:algorithm-3")
def test_auto_adam_with_a_constant_bound_is_adam():
    """Corrected, K1 = M and K2 = M^2, so the factor is (M + epsilon)/M at every step."""
    M, epsilon = 4.0, 1e-3
    ours = run(lambda p: AutoAdam(p, lambda _: M, epsilon=epsilon, bias_correction=True), 20)
    theirs = run(lambda p: torch.optim.Adam(p, lr=(M + epsilon) / M, eps=epsilon), 20)
    assert torch.allclose(ours, theirs, rtol=CLOSE, atol=CLOSE)


@pytest.mark.claim("yedida-saha:algorithm-2")
def test_lipschitz_rmsprop_is_rmsprop_with_the_printed_factor():
    beta, epsilon, values = 0.9, 1e-3, [float(M) for M in BOUNDS]
    given = iter(values)
    ours = run(lambda p: LipschitzRMSprop(p, lambda _: next(given), beta=beta, epsilon=epsilon), len(values))
    w = torch.tensor((2.0, -1.0), dtype=F64, requires_grad=True)
    theirs, K, path = torch.optim.RMSprop([w], alpha=beta, eps=epsilon), 0.0, []
    for M in values:
        K = beta * K + (1 - beta) * M**2
        theirs.param_groups[0]["lr"] = (K**0.5 + epsilon) / M
        theirs.zero_grad()
        quadratic(w).backward()
        theirs.step()
        path.append(w.detach().clone())
    assert torch.allclose(ours, torch.stack(path), rtol=CLOSE, atol=CLOSE)


@pytest.mark.parametrize("kind", FOUR)
def test_the_loss_may_be_multiplied(kind):
    """By 8, so that nothing is rounded otherwise: the start leads near 0 in a coordinate, where the map stretches errors without bound."""
    exact = {} if kind in (LipschitzSGD, AdaMo) else {"epsilon": 0.0}
    plain, times = (run(lambda p: kind(p, **exact), 20, loss=lambda w, f=f: quadratic(w, f)) for f in (1.0, 8.0))
    assert torch.allclose(plain, times, rtol=CLOSE, atol=CLOSE)
    if exact:
        with_epsilon = run(lambda p: kind(p, epsilon=0.1), 20, loss=lambda w: quadratic(w, 10.0))
        assert not torch.allclose(plain, with_epsilon, rtol=1e-6), "an epsilon breaks it"


@pytest.mark.claim("yedida-saha:text-bias")
@pytest.mark.parametrize("kind", [LipschitzRMSprop, AutoAdam])
def test_bias_correction_changes_nothing_but_the_part_of_epsilon(kind):
    """Six steps from a start that never comes near 0 in a coordinate, where the map stretches errors without bound."""
    plain, corrected = (run(lambda p, b=b: kind(p, epsilon=0.0, bias_correction=b), 6, start=(2.3, -0.7)) for b in (False, True))
    assert torch.allclose(plain, corrected, rtol=CLOSE, atol=CLOSE)
    plain, corrected = (run(lambda p, b=b: kind(p, epsilon=0.5, bias_correction=b), 20) for b in (False, True))
    assert not torch.allclose(plain, corrected, rtol=1e-6)


@pytest.mark.parametrize("kind", FOUR)
def test_steps_are_bounded_at_first(kind):
    first = run(kind, 1)[0] - torch.tensor((2.0, -1.0), dtype=F64)
    if kind in (LipschitzSGD, AdaMo):
        assert float(first.norm()) == pytest.approx(1.0, rel=CLOSE)
    else:
        assert first.abs().tolist() == pytest.approx([1.0, 1.0], abs=1e-5)  # the sign of the gradient, up to epsilon = 1e-7 over |g| > 1


@pytest.mark.parametrize("kind", FOUR)
def test_a_zero_gradient_moves_nothing_at_first(kind):
    w = torch.zeros(2, dtype=F64, requires_grad=True)
    (0 * w.sum()).backward()
    kind([w]).step()
    assert w.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("kind", [LipschitzSGD, AdaMo])
@pytest.mark.parametrize(("size", "dtype"), [(1e-310, F64), (1e-40, torch.float32), (2.0**-20, torch.float16)])
def test_the_inverse_of_the_bound_may_overflow(kind, size, dtype):
    """1/M is above the largest number of the precision, g/M is not; an entry 0 stays 0."""
    w = torch.zeros(3, dtype=dtype, requires_grad=True)
    w.grad = torch.tensor([3 * size, -4 * size, 0.0], dtype=dtype)
    kind([w], **({"beta": 0.0} if kind is AdaMo else {})).step()
    assert w.tolist() == pytest.approx([-0.6, 0.8, 0.0], abs=1e-3)


@pytest.mark.parametrize("kind", [LipschitzRMSprop, AutoAdam])
def test_a_bound_with_an_infinite_square_is_refused(kind):
    w = torch.zeros(2, dtype=F64, requires_grad=True)
    w.grad = torch.tensor([3e160, 4e160], dtype=F64)
    optimizer = kind([w])
    with pytest.raises(ValueError, match="its square"):
        optimizer.step()
    assert w.tolist() == [0.0, 0.0]
    assert not optimizer.state


@pytest.mark.parametrize("kind", FOUR)
def test_each_group_has_its_own_lr_and_the_first_may_be_empty(kind):
    """The gradient is (3, 4) over both groups, and M = 5 for both."""
    v, w = (torch.zeros(1, dtype=F64, requires_grad=True) for _ in range(2))
    v.grad, w.grad = torch.tensor([3.0], dtype=F64), torch.tensor([4.0], dtype=F64)
    kind([{"params": []}, {"params": [v], "lr": 0.5}, {"params": [w]}]).step()
    steps = (-0.3, -0.8) if kind in (LipschitzSGD, AdaMo) else (-0.5, -1.0)
    assert (v.item(), w.item()) == pytest.approx(steps, abs=1e-6)


@pytest.mark.parametrize("kind", FOUR)
def test_after_a_bound_of_zero_only_momentum_moves(kind):
    """The gradients 0, 2 and 0, each its own bound."""
    w = torch.zeros(1, dtype=F64, requires_grad=True)
    optimizer, path = kind([w]), []
    for gradient in (0.0, 2.0, 0.0):
        w.grad = torch.tensor([gradient], dtype=F64)
        optimizer.step()
        path.append(w.item())
    momentum = kind in (AdaMo, AutoAdam)
    assert path == pytest.approx([0.0, -1.0, -2.0 if momentum else -1.0], abs=1e-5)


@pytest.mark.parametrize("kind", [AdaMo, AutoAdam])
@pytest.mark.parametrize("dtype", [torch.float32, F64])
def test_zero_gradients_for_ever_move_no_further_than_lr_a_step(kind, dtype):
    """V and K shrink alike, until V rounds to 0; it must not stay at its least positive value while K shrinks on."""
    w = torch.zeros(1, dtype=dtype, requires_grad=True)
    optimizer = kind([w], **({"epsilon": 0.0} if kind is AutoAdam else {}))
    for step in range(8000):
        before = w.item()
        w.grad = torch.full((1,), 0.0 if step else 1.0, dtype=dtype)
        optimizer.step()
        assert abs(w.item() - before) <= 2.0  # V of some least positive values is rounded by one of them
    assert w.item() == before, "at rest in the end"


@pytest.mark.parametrize("kind", [LipschitzRMSprop, AutoAdam])
def test_a_gradient_that_collapses_gives_no_nan(kind):
    """sqrt(K)/M is above the largest float32; with a gradient 0 beside it, the product would be NaN."""
    w = torch.zeros(2, requires_grad=True)
    optimizer = kind([w], **({"beta_1": 0.0} if kind is AutoAdam else {}))
    for gradient in (1.0, 1e-40):
        w.grad = torch.tensor([gradient, 0.0])
        optimizer.step()
    assert w[1].item() == 0.0
    assert w[0].item() == pytest.approx(-2.0, abs=1e-3)


@pytest.mark.parametrize("formula", ["printed", "corrected"])
def test_a_nan_after_good_activations_is_seen_and_an_empty_batch_is_not(formula):
    layer = nn.Linear(2, 3)
    with LastLayerBound(layer, formula, initial=1.0) as bound:
        for activations in ([[1.0, 2.0]], [[float("nan"), 1.0]], [[9.0, 9.0]]):
            layer(torch.tensor(activations))
        with pytest.raises(ValueError, match="diverged"):
            bound.end_epoch()
    with LastLayerBound(layer, formula, initial=1.0) as bound:
        layer(torch.zeros(0, 2))
        assert bound.largest == 0.0


@pytest.mark.parametrize("kind", FOUR)
def test_saved_and_loaded_it_goes_on_as_before(kind):
    w = torch.tensor([2.0, -1.0], dtype=F64, requires_grad=True)
    optimizer = kind([w])
    for _ in range(3):
        optimizer.zero_grad()
        quadratic(w).backward()
        optimizer.step()
    file = io.BytesIO()
    torch.save(optimizer.state_dict(), file)
    file.seek(0)
    v = w.detach().clone().requires_grad_()
    other = kind([v])
    other.load_state_dict(torch.load(file))
    twin_w, twin = copy.deepcopy((w, optimizer))
    for parameter, own in ((w, optimizer), (v, other), (twin_w, twin)):
        own.zero_grad()
        quadratic(parameter).backward()
        own.step(lambda: None)
    assert w.tolist() == v.tolist() == twin_w.tolist()


@pytest.mark.parametrize("kind", FOUR)
@pytest.mark.parametrize(
    ("gradient", "bound", "error", "says"),
    [
        (None, measured_norm, RuntimeError, "has no gradient"),
        ([float("nan"), 0.0], measured_norm, ValueError, "NaN or infinity"),
        ([float("inf"), 0.0], lambda _: 1.0, ValueError, "NaN or infinity"),
        ([1.0, 0.0], lambda _: 0.0, ValueError, "bound is 0.0 for a gradient of norm 1.0"),
        ([1.0, 0.0], lambda _: -1.0, ValueError, "bound is -1.0"),
        ([1.0, 0.0], lambda _: float("inf"), ValueError, "bound is inf"),
    ],
)
def test_nothing_moves_when_something_is_wrong(kind, gradient, bound, error, says):
    w = torch.zeros(2, dtype=F64, requires_grad=True)
    w.grad = None if gradient is None else torch.tensor(gradient, dtype=F64)
    with pytest.raises(error, match=says):
        kind([w], bound).step()
    assert w.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda p: LipschitzSGD(p, lr=0.0), ValueError, "lr = 0.0"),
        (lambda p: LipschitzSGD(p, 3.0), TypeError, "bound is a float"),
        (lambda p: AdaMo(p, beta=1.0), ValueError, "beta = 1.0"),
        (lambda p: AutoAdam(p, beta_2=-0.1), ValueError, "beta_2 = -0.1"),
        (lambda p: AdaMo([{"params": p, "beta": 0.5}]), ValueError, "a group has beta = 0.5: expected 0.9"),
        (lambda p: LipschitzRMSprop(p, epsilon=float("inf")), ValueError, "epsilon = inf"),
        (lambda p: LastLayerBound(nn.ReLU(), "printed", initial=1.0), TypeError, "ReLU"),
        (lambda p: LastLayerBound(nn.Linear(1, 2), "exact", initial=1.0), ValueError, "formula = 'exact'"),
        (lambda p: LastLayerBound(nn.Linear(1, 2), "printed", initial=0.0), ValueError, "initial = 0.0"),
        (lambda p: LastLayerBound(nn.Linear(1, 2), "printed", initial=1.0, weight_decay=-1.0), ValueError, "weight_decay = -1.0"),
        (lambda p: LastLayerBound(nn.Linear(1, 2), "printed", initial=1.0).end_epoch(), RuntimeError, "train an epoch"),
    ],
)
def test_bad_options_are_named(make, error, says):
    with pytest.raises(error, match=says):
        make([torch.zeros(1, requires_grad=True)])


def classifier(bias):
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(4, 6, dtype=F64), nn.ReLU(), nn.Linear(6, 3, bias=bias, dtype=F64))


@pytest.mark.parametrize("bias", [False, True])
def test_the_corrected_bound_holds_for_the_last_layer(bias):
    network = classifier(bias)
    dice = torch.Generator().manual_seed(0)
    batches = [(torch.randn(8, 4, dtype=F64, generator=dice) * 10, torch.randint(3, (8,), generator=dice)) for _ in range(20)]
    with LastLayerBound(network[2], "corrected", initial=1.0) as bound, torch.no_grad():
        network[2].weight.mul_(100)  # saturated outputs: the gradients are then as large as they get
        for x, _ in batches:
            network(x)
        bound.end_epoch()
    sizes = []
    for x, y in batches:
        network.zero_grad()
        nn.functional.cross_entropy(network(x), y).backward()
        sizes.append(measured_norm(list(network[2].parameters())))
    assert max(sizes) <= bound.value
    assert max(sizes) >= bound.value / 4, "and is not far from it"


@pytest.mark.claim("yedida-saha:equation-23")
def test_the_printed_bound_does_not_hold():
    """One sample, activation 1, two classes, a confident wrong answer: the gradient tends to sqrt(2), the printed bound is 1/2."""
    layer = nn.Linear(1, 2, bias=False, dtype=F64)
    layer.weight.data = torch.tensor([[20.0], [-20.0]], dtype=F64)
    with LastLayerBound(layer, "printed", initial=1.0) as bound:
        nn.functional.cross_entropy(layer(torch.ones(1, 1, dtype=F64)), torch.tensor([1])).backward()
        bound.end_epoch()
    assert bound.value == 0.5
    assert measured_norm(list(layer.parameters())) == pytest.approx(2**0.5, rel=CLOSE)


@pytest.mark.claim("yedida-saha:text-kz-0668")
def test_the_printed_numbers_fit_this_reading():
    """K_z = 206.695, max |w| = 43.257, ten classes, batches of 128 and a weight decay of 0.001 give the printed 0.668."""
    layer = nn.Linear(1, 10, bias=False, dtype=F64)
    nn.init.constant_(layer.weight, 43.257 / 10**0.5)
    with LastLayerBound(layer, "printed", initial=1.0, weight_decay=1e-3) as bound:
        layer(torch.full((128, 1), 206.695 / 128**0.5, dtype=F64))
        bound([layer.weight])
        bound.end_epoch()
    assert round(1 / bound.value, 3) == 0.668


def test_a_bound_forgets_its_layer_and_ignores_evaluation():
    layer = nn.Linear(1, 2, dtype=F64)
    with LastLayerBound(layer, "corrected", initial=7.0) as bound:
        layer.eval()
        layer(torch.ones(1, 1, dtype=F64))
        assert bound.largest == 0.0 and bound([]) == 7.0
        layer.train()
    layer(torch.ones(1, 1, dtype=F64))
    assert bound.largest == 0.0
    with LastLayerBound(layer, "corrected", initial=7.0) as bound, pytest.raises(ValueError, match="diverged"):
        layer(torch.full((1, 1), float("inf"), dtype=F64))
        bound.end_epoch()
