"""The counts of section 3, counted: grids step by step, batches one by one, the gaps of the learning rates."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from theory.line_search import counts as m
from theory.line_search.symbols import batch, first, h, images, lam, lines, points
from theory.proof import NotProved, counterexample, witness

HALF, FINE = Fraction(1, 2), Fraction(6, 1000)


def grid(start: Fraction, resolution: Fraction = FINE) -> list[Fraction]:
    return [start + k * resolution for k in range(400) if -HALF <= start + k * resolution <= HALF]


@pytest.mark.claim("mutschler-zell:text-167")
def test_167_steps_one_by_one() -> None:
    begun, centred = grid(-HALF), grid(-83 * FINE)
    assert len(begun) == len(centred) == 167 == len(m.Setup().grid)
    assert 0 in centred and 0 not in begun, "a grid that begins at -1/2 misses the origin"
    assert sorted(begun, key=abs)[:2] == [Fraction(-2, 1000), Fraction(4, 1000)]
    for start in (begun[0], centred[0]):
        witness(m.steps, {h: sp.Rational(FINE), first: sp.Rational(start), points: 167})
        for wrong in (166, 168):
            with pytest.raises(NotProved):
                witness(m.steps, {h: sp.Rational(FINE), first: sp.Rational(start), points: wrong})


@pytest.mark.claim("mutschler-zell:text-167")
@given(st.fractions(0, FINE, max_denominator=10**5))
def test_other_starts(offset: Fraction) -> None:
    if offset == FINE:
        return
    found = grid(-HALF + offset)
    assert len(found) == (167 if offset <= Fraction(4, 1000) else 166)
    point = {h: sp.Rational(FINE), first: sp.Rational(found[0]), points: len(found)}
    anywhere = m.steps.drop(m.steps.given[1])
    (witness if len(found) == 167 else counterexample)(anywhere, point)


@pytest.mark.claim("mutschler-zell:text-52m")
def test_inferences() -> None:
    epochs = 10_000 * 167
    batches = [range(start, min(start + 128, 4000)) for start in range(0, 4000, 128)]
    full = [b for b in batches if len(b) == 128]
    assert (len(batches), len(full)) == (32, 31) and epochs == 1_670_000
    assert epochs * len(batches) == 53_440_000 > 52_000_000, "the last batch of each epoch counted"
    assert epochs * len(full) == 51_770_000 < 52_000_000, "and left out"
    assert sum(len(b) for b in batches) * epochs == 6_680_000_000
    point = {lines: 10_000, points: 167, images: 4_000, batch: 128}
    witness(m.cost, point)
    witness(m.one_by_one, point)
    with pytest.raises(NotProved):
        witness(m.cost, {**point, points: 166})


@pytest.mark.claim("mutschler-zell:text-setup")
def test_the_setting() -> None:
    paper = m.Setup()
    assert (paper.learning_rate, paper.momenta, paper.steps, paper.batch_size) == (Fraction(1, 10), (0, Fraction(9, 10)), 10_000, 128)
    assert paper.images * 100 == 8 * 50_000 and paper.epochs == 320
    assert (paper.line_steps, paper.measured_epochs) == (167, 1_670_000)
    assert (paper.batch_passes, paper.sample_losses) == (53_440_000, 6_680_000_000)
    assert 3681 < paper.losses_a_second < 3682, "three weeks"
    assert paper.network == "ResNet-20" and [what.split()[0] for what in paper.augmentation] == ["crop", "horizontal", "normalise"]
    assert paper.grid[0] == -HALF and paper.grid[-1] == Fraction(496, 1000)
    small = m.Setup(steps=3, images=10, batch_size=4, resolution=Fraction(1, 4))
    assert (small.line_steps, small.measured_epochs, small.batch_passes, small.sample_losses) == (5, 15, 45, 150)


@pytest.mark.parametrize(
    "bad", [{"steps": 0}, {"images": 1.5}, {"batch_size": True}, {"weeks": -1}, {"resolution": 0.006}, {"half_width": 0}]
)
def test_settings_that_are_refused(bad: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        m.Setup(**bad)


@pytest.mark.claim("mutschler-zell:text-grid")
def test_the_grid_of_rates() -> None:
    rates = sorted(10.0**-i for i in (0, 1, 1.3, 2, 3, 4))
    assert [len([r for r in rates if low < r < high]) for low, high in ((0.1, 1), (0.01, 0.05), (0.0502, 0.0999))] == [0, 0, 0]
    assert sorted(float(rate) for rate in m.GRID) == pytest.approx(rates)
    for rate in m.GRID:
        witness(m.rates, {lam: rate})
    assert round(10**-1.3, 2) == 0.05 and sp.Rational(1, 20) not in m.GRID
