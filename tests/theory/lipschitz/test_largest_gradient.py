"""Section 3.3 on random networks: gradients by backpropagation in torch against the printed formulas."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

SLACK = 1e-9  # relative to the largest number, for a few dozen roundings in float64
seeds = st.integers(0, 2**32 - 1)


def last_layer(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sigmoids with a squared error: the gradient in the weights by autograd, dE/da, da/dz and the activations before."""
    dice = torch.Generator().manual_seed(seed)
    n, k = (int(torch.randint(1, 5, (1,), generator=dice)) for _ in range(2))
    a, W, b, y = (torch.randn(s, generator=dice, dtype=torch.float64) for s in ((n,), (n, k), (k,), (k,)))
    W.requires_grad_()
    out = torch.sigmoid(W.T @ a + b)
    (grad,) = torch.autograd.grad(((out - y) ** 2).sum() / 2, W)
    out = out.detach()
    return grad, out - y, out * (1 - out), a


@pytest.mark.claim("yedida-saha:equation-5")
@given(seeds)
def test_the_activation_where_the_weight_starts(seed: int) -> None:
    grad, p, q, a = last_layer(seed)
    assert torch.allclose(grad, torch.outer(a, p * q), rtol=SLACK, atol=SLACK)
    n, k = grad.shape
    if n > 1 and k == n:
        printed = (p * q * a).expand(n, k)
        assert not torch.allclose(grad, printed, rtol=SLACK, atol=SLACK), "a_j for a_i, where both exist"


@pytest.mark.claim("yedida-saha:equation-6")
@given(seeds)
def test_the_product_of_the_maxima_is_a_bound(seed: int) -> None:
    grad, p, q, a = last_layer(seed)
    most = p.abs().max() * q.abs().max() * a.abs().max()
    assert grad.abs().max() <= most * (1 + SLACK)
    if len(p) == 1:
        assert grad.abs().max() == pytest.approx(float(most), rel=SLACK), "one output has all maxima"


@pytest.mark.claim("yedida-saha:equation-6")
def test_how_often_the_maxima_meet() -> None:
    """All error signals in {-1, 0, 2} and slopes in {0, 1} of two outputs: equality exactly if one node has both maxima."""
    for p1, p2, q1, q2 in product((-1, 0, 2), (-1, 0, 2), (0, 1), (0, 1)):
        largest, bound = max(abs(p1 * q1), abs(p2 * q2)), max(abs(p1), abs(p2)) * max(q1, q2)
        meet = any(abs(p) == max(abs(p1), abs(p2)) and q == max(q1, q2) for p, q in ((p1, q1), (p2, q2)))
        assert largest <= bound
        assert (largest == bound) == (meet or bound == 0)
