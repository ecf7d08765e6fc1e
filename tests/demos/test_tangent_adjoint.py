"""What the demo of tangents and adjoints shows, and that its wrong tangents are wrong by the term they are said to lack."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from dynamics import deep_linear, tangent

ROOT = Path(__file__).parents[2]
REPORT = json.loads((ROOT / "docs" / "gallery" / "tangent_adjoint.json").read_text())
# S_k is a sum of products of width 50 at most, through at most 8 layers: some hundred roundings of random sign, so about ten eps.
ROUNDING = 10
TERM = 0.02  # a missing or late term against the sum of all: of some twenty terms, none of which is negligible


@pytest.fixture
def demo(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "demos"))
    return importlib.import_module("tangent_adjoint")


@pytest.mark.claim("ni-talnikar:equation-5", "ni-talnikar:equation-9", "ni-talnikar:equation-12")
@pytest.mark.parametrize("entry", REPORT["networks"], ids=lambda entry: f"{entry['network']}, {entry['dtype']}")
def test_the_sum_strays_by_rounding_and_with_wrong_tangents_by_a_term(entry):
    bound, layer = ROUNDING * torch.finfo(getattr(torch, entry["dtype"])).eps, entry["layer"]
    assert max(entry["right"]) <= bound and max(entry["missing"][:layer]) <= bound
    assert min(entry["missing"][layer:]) >= TERM and min(entry["late"][1:]) >= TERM
    # the mean over the samples has the length of the gradient, by a third route
    assert entry["adjoint"] == pytest.approx(entry["backward"], rel=bound) and entry["tangent"] == pytest.approx(
        entry["backward"], rel=bound
    )
    # four digits are stored of each part
    assert np.sum(list(entry["parts"].values()), axis=0) == pytest.approx(entry["right_sum"], rel=1e-3)
    assert entry["parts"]["adjoints"][-1] == entry["parts"]["tangents"][0] == 0


@pytest.mark.claim("ni-talnikar:equation-5")
def test_differences_tend_to_the_derivative_and_not_to_a_wrong_one(demo):
    steps, entry = np.array(REPORT["steps"]), demo.entry_of(REPORT, demo.SMOOTH, "float64")
    slopes = np.array(REPORT["differences"]["float64"])
    # a step of eps^(1/3), about 1e-5, balances the truncation psi^2 and the rounding eps / psi: 1e-10 each, up to factors of the network
    middle = (steps > 1e-6) & (steps < 1e-4)
    assert abs(slopes[middle] / entry["tangent"] - 1).max() < 1e-8
    assert abs(slopes[middle] / entry["missing_total"] - 1).min() > TERM
    large = np.flatnonzero((steps > 1e-3) & (steps < 1e-1))
    errors = abs(slopes[large] / entry["tangent"] - 1)
    order = np.diff(np.log(errors)) / np.diff(np.log(steps[large]))
    assert order == pytest.approx(2, abs=0.1)  # and the next term, of order psi^2 relative to it


@pytest.mark.claim("ni-talnikar:equation-3")
def test_the_wrong_tangents_of_a_scalar_network_by_hand(demo):
    network, one = deep_linear([1, 1, 1, 1]), torch.ones(1, 1, dtype=torch.float64)
    for parameter, weight in zip(network.parameters(), (2, 3, 5), strict=True):
        parameter.data.fill_(weight)
    right = tangent(network, one, dict.fromkeys(dict(network.named_parameters()), one))
    states = [u.detach() for u in network.states(one)]
    assert [u.item() for u in states] == [1, 2, 6, 30]
    assert [v.item() for v in right] == [0, 1, 3 * 1 + 2, 5 * 5 + 6]
    assert [v.item() for v in demo.without_direct_term(network, states, right, 2)] == [0, 1, 3 * 1, 5 * 3 + 6]
    assert [v.item() for v in demo.one_late(right)] == [0, 0, 1, 5]
