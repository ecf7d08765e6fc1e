"""Equation (1) on random networks: gradients of all layers by autograd, with and without the condition on the weights."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from theory.lipschitz.backpropagation import CROSS_ENTROPY
from theory.lipschitz.symbols import east, north, r, up

SLACK = 1e-9  # relative to the largest number, for a few dozen roundings in float64
seeds = st.integers(0, 2**32 - 1)


def train_once(weights: list[torch.Tensor], x: torch.Tensor, sigmoid: bool) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """The gradients of |a|^2/2 and the activations, layer by layer."""
    weights = [w.clone().requires_grad_() for w in weights]
    activations = [x]
    for w in weights:
        z = w.T @ activations[-1]
        activations.append(torch.sigmoid(z) if sigmoid else torch.relu(z))
    return list(torch.autograd.grad((activations[-1] ** 2).sum() / 2, weights)), [a.detach() for a in activations]


def test_the_printed_network_by_autograd() -> None:
    one, two = (torch.tensor([[float(n)]], dtype=torch.float64) for n in (1, 2))
    grads, _ = train_once([one, two], torch.ones(1, dtype=torch.float64), sigmoid=False)
    assert [g.item() for g in grads] == [4.0, 2.0]


@pytest.mark.claim("yedida-saha:equation-1")
@pytest.mark.claim("yedida-saha:text-sup-last-layer")
@given(seeds, st.booleans())
def test_no_gradient_is_larger_where_the_activations_make_up_for_it(seed: int, sigmoid: bool) -> None:
    dice = torch.Generator().manual_seed(seed)
    sizes = [int(torch.randint(1, 5, (1,), generator=dice)) for _ in range(int(torch.randint(2, 6, (1,), generator=dice)) + 1)]
    weights = [torch.randn(a, b, generator=dice, dtype=torch.float64).abs() for a, b in zip(sizes, sizes[1:], strict=False)]
    x = torch.rand(sizes[0], generator=dice, dtype=torch.float64)
    for n in range(1, len(weights)):  # shrink each layer until the step back from it is made up for
        _, acts = train_once(weights, x, sigmoid)
        slopes = acts[n] * (1 - acts[n]) if sigmoid else (acts[n] > 0).double()
        grows = torch.linalg.matrix_norm(torch.diag(slopes) @ weights[n], 2) * acts[n - 1].norm()
        weights[n] = weights[n] * min(1.0, float(acts[n].norm() / grows) if grows > 0 else 1.0)
    grads, _ = train_once(weights, x, sigmoid)
    most = grads[-1].norm()
    for g in grads:
        assert g.norm() <= most * (1 + SLACK) + 1e-300


@pytest.mark.claim("yedida-saha:equation-1")
@pytest.mark.parametrize("sigmoid", [True, False])
def test_how_often_random_networks_break_it(sigmoid: bool) -> None:
    """Three layers of three nodes: sigmoids for large weights; ReLUs at any scale, as all their gradients scale alike."""
    often = []
    for scale in (0.1, 5.0):
        broken = 0
        for seed in range(60):
            dice = torch.Generator().manual_seed(seed)
            weights = [scale * torch.rand(3, 3, generator=dice, dtype=torch.float64) for _ in range(3)]
            grads, _ = train_once(weights, torch.rand(3, generator=dice, dtype=torch.float64), sigmoid)
            broken += bool(max(g.abs().max() for g in grads[:-1]) > grads[-1].abs().max())
        often.append(broken)
    assert often[1] > 0
    assert often[0] < often[1] if sigmoid else often[0] == often[1]


@pytest.mark.claim("yedida-saha:text-sup-last-layer")
@given(st.floats(-30, 30), st.floats(-30, 30))
def test_two_sigmoids_by_autograd(first: float, last: float) -> None:
    """The loss of the refutation: in the last weight at most 1 steep at all weights, in the first as steep as the last weight is large."""
    one, other = (torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in (first, last))
    loss = torch.logaddexp(torch.zeros_like(one), other * torch.sigmoid(one))
    grads = torch.autograd.grad(loss, (one, other))
    printed = {r: first, up: last}
    for found, slope in zip(grads, (CROSS_ENTROPY[east], CROSS_ENTROPY[north]), strict=True):
        assert found.item() == pytest.approx(float(slope.expr.subs(printed)), rel=SLACK, abs=SLACK)
    assert abs(grads[1].item()) <= 1


@pytest.mark.claim("yedida-saha:text-sup-last-layer")
def test_the_first_gradient_has_no_bound() -> None:
    assert [float(CROSS_ENTROPY[east].expr.subs({r: 0, up: 4 * n})) > n / 2 for n in (1, 10, 1000)] == [True] * 3
