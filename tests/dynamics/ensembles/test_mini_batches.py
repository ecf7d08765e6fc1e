"""Ensembles on mini-batches: their steps by hand, and what such a run can be said to have done."""

import numpy as np
import pytest
import torch
from torch.nn.functional import mse_loss

from dynamics import TorchMap, deep_linear, deep_relu, stack, train_ensemble
from dynamics.ensembles._mini_batches import batch_order
from tests.dynamics.ensembles.small_ensembles import F64, ROUNDING, SEEDS, data, of, same, tensor


def test_a_batch_of_all_samples_is_full_batch():
    net = of(deep_relu([3, 5, 2]), 0.02, 0.1)
    options = {"initialisation": "orthogonal", "max_steps": 300}
    assert same(train_ensemble(net, SEEDS, batch_size=12, **options), train_ensemble(net, SEEDS, **options))


def test_mini_batches_by_hand():
    """Linear regression with its gradient written out, on the batches that the seed orders; the last batch of an epoch has two samples."""
    x, y = (d.numpy() for d in data(noise=0.3))
    net = of(deep_linear([3, 2]), 0.01, 0.1, noise=0.3)
    found = train_ensemble(net, SEEDS, initialisation="gaussian", batch_size=5, max_steps=200)
    for s, step in enumerate([0.01, 0.1]):
        for r, seed in enumerate(SEEDS):
            w = stack(deep_linear([3, 2]), "gaussian", [seed])["layer1.weight"][0].numpy()
            for k in range(200):
                batch = batch_order(seed, k // 3, 12)[5 * (k % 3) : 5 * (k % 3) + 5]
                w = w - step * (2 / (2 * len(batch))) * (x[batch] @ w.T - y[batch]).T @ x[batch]
            assert found.outcomes[0, s, r].steps == 200
            assert found.parameters[0][s, r] == pytest.approx(w.ravel(), abs=ROUNDING)


def test_an_epoch_holds_every_sample_once_and_its_order_hangs_on_the_seed():
    assert all(sorted(batch_order(seed, epoch, 30)) == list(range(30)) for seed in (0, 1) for epoch in (0, 1))
    orders = {tuple(batch_order(seed, epoch, 30)) for seed in (0, 1) for epoch in (0, 1)}
    assert len(orders) == 4 and np.array_equal(batch_order(1, 1, 30), batch_order(1, 1, 30))


@pytest.mark.parametrize(
    ("noise", "step", "kind", "reason"),
    [
        (0.0, 0.1, "converged", "no batch of an epoch moves it"),  # every sample is fitted
        (0.3, 0.1, "bounded", "recurrent in a box"),  # batches disagree at the minimum
        (0.0, 3.0, "diverged", "escape radius"),
        (0.3, 1e-4, "undecided", "drifts"),
    ],
)
def test_what_a_run_on_mini_batches_did(noise, step, kind, reason):
    found = train_ensemble(of(deep_linear([3, 2]), step, noise=noise), SEEDS, batch_size=5, max_steps=3000)
    for outcome in found.outcomes.flat:
        assert outcome.kind == kind and reason in outcome.reason, outcome


def test_a_full_batch_that_is_still_is_no_end_on_mini_batches():
    """At the least-squares solution the full gradient is 0, and each batch pulls its own way."""
    x, y = data(noise=0.3)
    start = torch.linalg.lstsq(x, y).solution.T.reshape(1, -1)
    net = of(deep_linear([3, 2]), 0.1, noise=0.3)
    assert train_ensemble(net, [0], initialisation=start, max_steps=3000).kinds.item() == "converged"
    assert train_ensemble(net, [0], initialisation=start, max_steps=3000, batch_size=4).kinds.item() == "bounded"


def one_weight(samples, apart, step):
    """The weight 1 fits every sample (i, i) but the last, which asks for ``1 + apart``."""
    x = torch.linspace(1, 2, samples, dtype=F64)[:, None]
    slopes = torch.ones_like(x)
    slopes[-1] += apart
    return TorchMap.of(deep_linear([1, 1]), mse_loss, x, slopes * x, tensor(step))


@pytest.mark.parametrize(("apart", "kind"), [(0.0, "converged"), (1e-12, "bounded"), (1e-8, "bounded")])
def test_samples_that_disagree_by_more_than_rounding_are_not_fitted(apart, kind):
    """Steps of 0.3 * 1e-12 at the end: below the tolerance, above the rounding of the weight, 64 * 2.2e-16."""
    net = one_weight(2, apart, 0.1)
    assert train_ensemble(net, [0], initialisation=tensor([0.5]), batch_size=1, max_steps=600, tolerance=1e-6).kinds.item() == kind
