"""The compiled deep linear nets: one step within its rounding bound, lanes that do not meet, the same bits however a run is cut."""

import numpy as np
import pytest
import torch

from dynamics import DeepLinearMap
from dynamics.networks import _deep_linear_kernel
from dynamics.networks._deep_linear_kernel import DeepLinearKernel
from dynamics.networks.network_maps import NetworkMap

F64 = torch.float64
WIDTHS = {
    "depth 1": [3, 2],
    "scalar": [1, 1, 1],
    "a tile": [4, 4, 4],
    "bottleneck": [3, 2, 1, 4, 2],
    "ragged": [5, 9, 2, 6],
    "width 8": [8] * 6,
    "wide inside": [2, 33, 2],
    "one more than a tile": [5] * 4,
}


def net_and_points(widths, runs, seed=0):
    source = torch.Generator().manual_seed(seed)
    target = torch.randn(widths[-1], widths[0], generator=source, dtype=F64)
    steps = torch.linspace(0.001, 0.01, runs, dtype=F64)
    net = DeepLinearMap(target, widths, steps)
    return net, net.initial(runs, generator=source, scale=0.7 / max(widths) ** 0.5)


def rounding_bound(net, x):
    """Twice gamma_m (|W| + step |gradient|), the gradient of absolute values: Higham 2002, section 3.5, for both routes.

    m counts the additions of one entry: three products of L matrices at most, each inner sum over a width or its padding, and 4 more.
    """
    longest = max(4 * -(-w // 4) for shape in net.shapes for w in shape)
    m = 3 * len(net.shapes) * longest + 4
    gamma = m * 2.0**-53 / (1 - m * 2.0**-53)
    absolute = DeepLinearMap(-net.target.abs(), [net.shapes[0][1], *(rows for rows, _ in net.shapes)], net.step_size)
    return 2 * gamma * (x.abs() + net.step_size[:, None] * absolute.gradient(x.abs()))


@pytest.mark.parametrize("runs", [1, 8, 19])
@pytest.mark.parametrize("name", WIDTHS)
@pytest.mark.claim("nar-sastry:equation-5")
def test_a_step_is_the_closed_form_within_rounding(name, runs):
    net, x = net_and_points(WIDTHS[name], runs)
    assert net.kernel is not None
    error = (net.advance(x, 1) - NetworkMap._advance(net, x, 1)).abs()
    assert bool((error <= rounding_bound(net, x)).all()), float((error / rounding_bound(net, x)).max())


@pytest.mark.parametrize("name", WIDTHS)
def test_lanes_do_not_meet_and_a_run_may_be_cut(name, monkeypatch):
    net, x = net_and_points(WIDTHS[name], 19)
    together = net.advance(x, 30)
    assert all(torch.equal(net.select([i]).advance(x[i : i + 1], 30)[0], together[i]) for i in range(19))
    assert torch.equal(net.advance(net.advance(x, 11), 19), together) and torch.equal(net.orbit(x, 30)[-1], together)
    monkeypatch.setattr(_deep_linear_kernel, "PRODUCTS_A_CALL", 1)  # every step of every eight nets is a call of its own
    assert torch.equal(net.advance(x, 30), together)


def test_a_net_that_diverges_disturbs_no_other():
    net, x = net_and_points([3, 5, 3], 24)
    expected = net.advance(x, 50)
    wild = x.clone()
    wild[[0, 9]] = 1e30
    found = net.advance(wild, 50)
    calm = [i for i in range(24) if i not in (0, 9)]
    assert not torch.isfinite(found[[0, 9]]).any() and torch.equal(found[calm], expected[calm])


def test_what_has_no_compiled_form_runs_in_torch():
    assert DeepLinearMap(torch.eye(2), [2, 2], 0.1).kernel is None  # float32
    assert DeepLinearMap(torch.eye(65, dtype=F64), [65] * 9, 0.1).kernel is None  # eight nets leave the cache
    assert DeepLinearKernel([64] * 6).fits
    net = DeepLinearMap(torch.eye(2), [2, 2], 0.5)
    assert net.advance(torch.zeros(1, 4), 1)[0].tolist() == [0.5, 0, 0, 0.5]


def test_points_that_record_gradients_are_left_alone():
    net, x = net_and_points([2, 2], 3)
    kept = x.clone()
    found = net.advance(x.requires_grad_(), 5)
    assert not found.requires_grad and torch.equal(x.detach(), kept)
    assert np.isfinite(found.numpy()).all()
