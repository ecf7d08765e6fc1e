"""Samples of minibatches by exhaustive enumeration, and the age of what linGrad remembers by counting."""

from fractions import Fraction
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Lambda, Rational, symbols

from theory.linear_range.algorithm_1 import LinGradStep, lingrad

u, s, y = symbols("u s y", real=True)


@pytest.mark.claim("ni-talnikar:text-nhist-50")
@pytest.mark.parametrize("remembered", range(1, 8))
def test_the_next_one_undercuts_the_last_with_probability_one_over_one_more(remembered: int) -> None:
    orders = list(permutations(range(remembered + 1)))
    undercut = sum(order[-1] < min(order[:-1]) for order in orders)
    assert Fraction(undercut, len(orders)) == Fraction(1, remembered + 1)


@pytest.mark.claim("ni-talnikar:text-nhist-50")
@pytest.mark.parametrize("batches", range(1, 9))
def test_a_sample_contains_the_least_in_proportion_to_its_size(batches: int) -> None:
    for size in range(1, batches + 1):
        samples = list(combinations(range(batches), size))
        assert Fraction(sum(0 in sample for sample in samples), len(samples)) == Fraction(size, batches)


@pytest.mark.claim("ni-talnikar:text-max-psistar", "ni-talnikar:text-all-minibatches")
@given(st.lists(st.fractions(Fraction(1, 10), 10), min_size=1, max_size=6), st.data())
def test_within_the_range_are_those_whose_candidate_is_not_less(candidates: list[Fraction], data: st.DataObject) -> None:
    """epsilon_j = psi/psi*_j, with epsilon* = 1."""
    measured = data.draw(st.integers(1, len(candidates)))
    psi = min(candidates[:measured])
    within = [psi / star <= 1 for star in candidates]
    assert all(within[:measured]) and all(within) == (psi == min(candidates))
    if max(candidates[:measured]) != min(candidates):  # a step that is the greatest candidate leaves someone out
        assert not all(max(candidates[:measured]) / star <= 1 for star in candidates)


def product_run(inputs: list[int], history: int, every: int = 1) -> list[LinGradStep]:
    """u = s_2 s_1 x: epsilon does not depend on x, but the direction does, so each minibatch has a range of its own."""
    layer, loss = Lambda((u, s), u * s), Lambda((u, y), (u - y) ** 2 / 2)
    batches = [[(x, 3 * x)] for x in inputs]
    return lingrad([layer] * 2, loss, [1, 1], batches, epsilon_star=Rational(3, 10), first_step=1, history=history, every=every)


@pytest.mark.claim("ni-talnikar:text-all-minibatches")
def test_a_measured_minibatch_is_within_its_range_and_another_is_not() -> None:
    for step in product_run([1, 2, 1], history=2):
        assert step.step_size <= step.candidate  # epsilon is proportional to psi here, so this is "within"
    first, second = product_run([1, 5], history=2, every=2)
    assert second.candidate is None and second.step_size == first.step_size
    unseen = product_run([1, 5], history=2)[1].candidate
    assert second.step_size > unseen  # at the same parameters


@pytest.mark.claim("ni-talnikar:text-nhist-nlin")
@pytest.mark.parametrize("history", [1, 2, 5])
@pytest.mark.parametrize("every", [1, 3, 7])
def test_the_oldest_candidate(history: int, every: int) -> None:
    """Measured at minibatches 0, every, 2 every, ...: the oldest remembered one is less than history * every minibatches old."""
    remembered: list[int] = []
    ages = set()
    for batch in range(20 * every * history):
        if batch % every == 0:
            remembered = [*remembered, batch][-history:]
        ages.add(batch - remembered[0])
    assert max(ages) == history * every - 1
