"""The largest gradient of least squares on a ball: the kernel's statements at exact points, numpy's spheres, and the user's function."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sympy import ImmutableMatrix, Matrix, Rational, sqrt

from theory.lipschitz import least_squares_constant
from theory.lipschitz.dual_bound import DUAL, two_sides
from theory.lipschitz.secular_equation import OF_W, residual, secular
from theory.lipschitz.symbols import K, X, multiplier, sigma, u, w, y
from theory.proof import Exists, NotProved, decide, squared_norm, substitute, witness
from theory.proof.letters import interpret
from theory.proof.word_values import evaluate_word

ROUNDING = 1e-9
TURN = Matrix([[3, -4], [4, 3]]) / 5  # an exact rotation
sizes = st.sampled_from([1, 2, 3])
numbers = st.integers(-3, 3)
DIRECTIONS = [Matrix([a, b]) for a, b in ((1, 0), (0, -1), (3, 4), (-4, 3), (-5, 12))]


@st.composite
def solved(draw: st.DrawFn) -> dict[str, object]:
    """Data with singular values that are whole numbers, a point w, a multiplier mu, and the targets that make A (A w - b) = mu w."""
    rows = Matrix.diag(draw(sizes), draw(sizes)) * TURN
    gram = rows.T * rows
    direction = draw(st.sampled_from(DIRECTIONS))
    point = direction / sqrt(direction.dot(direction)) * draw(sizes)
    mu = Rational(draw(st.integers(1, 90)), draw(st.integers(1, 2)))
    b = gram * point - mu * gram.inv() * point
    targets = rows.T.inv() * b
    return {"X": rows, "A": gram, "w": point, "mu": mu, "y": targets, "b": b, "K": sqrt(point.dot(point))}


def largest(A: np.ndarray, b: np.ndarray, radius: float) -> float:
    """max |A w - b|^2 on the circle, by a dense grid: it errs by less than its spacing, squared."""
    angles = np.linspace(0, 2 * np.pi, 20001)
    points = radius * np.stack([np.cos(angles), np.sin(angles)])
    return float(((A @ points - b[:, None]) ** 2).sum(axis=0).max())


@pytest.mark.claim("yedida-saha:text-rhs-is-l")
@settings(max_examples=30)
@given(solved())
def test_the_multiplier_decides(found: dict) -> None:
    """A stationary point on the sphere is a largest one exactly if mu is at least lambda_max^2; hard case included."""
    top = max(found["A"].eigenvals())
    A, b = (np.array(found[name], float) for name in ("A", "b"))
    here = float(np.sum((A @ np.array(found["w"], float).ravel() - b.ravel()) ** 2))
    best = largest(A, b.ravel(), float(found["K"]))
    letters = {X: found["X"], y: found["y"], w: found["w"]}
    conditions = substitute(OF_W, {K: found["K"], sigma: top, multiplier: found["mu"]})
    fits = decide(interpret(conditions, {key: ImmutableMatrix(value) for key, value in letters.items()}))
    assert fits == bool(found["mu"] >= top**2)
    assert fits == (here >= best * (1 - ROUNDING))
    assert OF_W.args in [some.args[2].args for part in secular.then.args for some in part.args if isinstance(some, Exists)]
    enclosed = least_squares_constant(found["X"], list(found["y"]), found["K"])
    assert enclosed.low * 2 == pytest.approx(np.sqrt(best), rel=1e-6)  # m = 2


@pytest.mark.claim("yedida-saha:text-rhs-is-l")
@settings(max_examples=15)
@given(solved(), st.sampled_from(DIRECTIONS), st.fractions(0, 1, max_denominator=4))
def test_the_dual_bound_at_exact_points(found: dict, way: Matrix, part: object) -> None:
    top = max(found["A"].eigenvals())
    assume(found["mu"] >= top**2)
    other = way / sqrt(way.dot(way)) * found["K"] * Rational(part)
    letters = {X: found["X"], y: found["y"], w: found["w"], u: other}
    witness(two_sides, {**{key: value.tolist() for key, value in letters.items()}, K: found["K"], sigma: top, multiplier: found["mu"]})
    words = {key: ImmutableMatrix(value) for key, value in letters.items()}
    dual = evaluate_word(substitute(DUAL, {K: found["K"], multiplier: found["mu"]}), words)
    A, b = (np.array(found[name], float) for name in ("A", "b"))
    assert float(dual) == pytest.approx(largest(A, b.ravel(), float(found["K"])), rel=1e-6), "the point is on the sphere"


@pytest.mark.claim("yedida-saha:text-rhs-is-l")
def test_a_multiplier_that_is_too_small_is_no_bound() -> None:
    """X = 1, y = 1, K = 1: at w = 1 the gradient is 0 and mu = 0; the bound would be 0."""
    point = {X: [[1]], y: [[1]], w: [[1]], u: [[-1]], K: 1, sigma: 1, multiplier: 0}
    with pytest.raises(NotProved):
        witness(two_sides, point)


@pytest.mark.claim("yedida-saha:text-rhs-is-l")
def test_the_hard_case_exhaustively() -> None:
    """A = diag(4, 1), b along the second axis: mu = 16 and any first part that reaches the sphere; every rational point is below."""
    A, b = Matrix.diag(4, 1), Matrix([0, 3])
    targets = Matrix.diag(2, 1).T.inv() * b
    second = Rational(-1, 5)
    value = (A * Matrix([sqrt(24) / 5, second]) - b).dot(A * Matrix([sqrt(24) / 5, second]) - b)
    assert value == Rational(128, 5)
    found = least_squares_constant([[2, 0], [0, 1]], list(targets), 1)
    assert found.low * 2 <= float(sqrt(value)) * (1 + ROUNDING) and found.high * 2 >= float(sqrt(value)) * (1 - ROUNDING)
    steps = [Rational(k, 8) for k in range(-8, 9)]
    for a, c in product(steps, steps):
        if a**2 + c**2 <= 1:
            letters = {X: ImmutableMatrix.diag(2, 1), y: ImmutableMatrix(targets), u: ImmutableMatrix([a, c])}
            assert evaluate_word(squared_norm(residual(u)), letters) <= value
