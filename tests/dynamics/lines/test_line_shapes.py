"""Fits and shape distances against `numpy.polyfit`, rational arithmetic and loops; minima and strategies on known polynomials."""

import itertools
import json
import math
import random
from fractions import Fraction

import numpy as np
import pytest

from dynamics import Line, LineLoss, fit_parabola, fit_polynomial, line_minimum, resized_batch, shape_distance_matrix
from dynamics.lines import exact_batch, full_batch_pal, pal, sgd

GRID = 0.006 * np.arange(-83, 84)
# Least squares on 167 points with columns of one size: a condition number below 100, a few hundred roundings of losses of order one.
FITTED = 1e-12
# Cubic splines reproduce cubics up to the roundings of a banded solve; a root of the derivative moves by that over the curvature.
REPRODUCED = 1e-10


def polynomial(*coefficients, grid=GRID):
    """A line with these coefficients, the constant first."""
    return Line(grid, np.polynomial.polynomial.polyval(grid, coefficients), float(coefficients[1]))


def rough(seed, grid=GRID):
    return Line(grid, np.random.default_rng(seed).normal(size=len(grid)), 0.0)


@pytest.mark.claim("mutschler-zell:figure-4")
@pytest.mark.parametrize("window", [None, (-0.2, 0.2), (0.1, 0.3)])
@pytest.mark.parametrize("degree", [1, 2, 3])
def test_least_squares_as_numpy_does_it(degree, window):
    line = rough(degree)
    fit = fit_polynomial(line, degree, window)
    low, high = window or (-1, 1)
    inside = (line.grid >= low) & (line.grid <= high)
    expected = np.polyfit(line.grid[inside], line.losses[inside], degree)
    # the window's columns are nearly parallel, so numpy's coefficients, from unscaled ones, keep fewer digits
    assert fit.coefficients[::-1] == pytest.approx(expected, rel=1e-8)
    assert fit.error == pytest.approx(np.abs(np.polyval(expected, line.grid[inside]) - line.losses[inside]).mean(), rel=1e-10)
    assert fit.window == (line.grid[inside][0], line.grid[inside][-1])


@pytest.mark.claim("mutschler-zell:figure-4")
def test_the_parabola_in_rational_arithmetic():
    """The normal equations by Cramer's rule, in Fractions."""
    s, losses = [Fraction(i, 4) for i in range(-2, 5)], [Fraction(n) for n in (3, -1, 2, 0, 5, 1, 4)]
    moments = [sum(a**k for a in s) for k in range(5)]
    right = [sum(b * a**k for a, b in zip(s, losses, strict=True)) for k in range(3)]

    def determinant(m):
        return sum(
            (-1) ** j * m[0][j] * (m[1][(j + 1) % 3] * m[2][(j + 2) % 3] - m[1][(j + 2) % 3] * m[2][(j + 1) % 3]) * (-1) ** j
            for j in range(3)
        )

    matrix = [[moments[i + j] for j in range(3)] for i in range(3)]
    solved = []
    for k in range(3):
        solved.append(determinant([[right[i] if j == k else matrix[i][j] for j in range(3)] for i in range(3)]) / determinant(matrix))
    fit = fit_parabola(Line(np.array([float(a) for a in s]), np.array([float(b) for b in losses]), 0.0))
    assert fit.coefficients == pytest.approx([float(c) for c in solved], rel=FITTED)
    assert fit.slope == pytest.approx(float(solved[1]), rel=FITTED) and fit.curvature == pytest.approx(float(2 * solved[2]), rel=FITTED)
    error = sum(abs(sum(c * a**k for k, c in enumerate(solved)) - b) for a, b in zip(s, losses, strict=True)) / len(s)
    assert fit.error == pytest.approx(float(error), rel=FITTED)
    assert fit.minimum == pytest.approx(float(-solved[1] / (2 * solved[2])), rel=FITTED)


def test_no_minimum_where_a_fit_has_none():
    assert fit_parabola(polynomial(0, 1, -1)).minimum is None and fit_polynomial(polynomial(0, 1), 1).minimum is None


@pytest.mark.claim("mutschler-zell:definition-shape")
@pytest.mark.parametrize("window", [None, (-0.2, 0.2)])
def test_shape_distances_by_loops(window):
    lines = [rough(seed) for seed in range(5)]
    found = shape_distance_matrix(lines, window)
    inside = [i for i, s in enumerate(GRID) if window is None or window[0] <= s <= window[1]]
    for i, j in itertools.product(range(5), repeat=2):
        one, two = ([lines[k].losses[p] for p in inside] for k in (i, j))
        expected = math.fsum(abs((a - min(one)) - (b - min(two))) for a, b in zip(one, two, strict=True)) / len(inside)
        assert found.matrix[i, j] == pytest.approx(expected, rel=FITTED, abs=FITTED)
    assert found.consecutive == pytest.approx([found.matrix[i, i + 1] for i in range(4)], rel=0)


@pytest.mark.claim("mutschler-zell:definition-shape")
def test_the_distance_does_not_see_offsets_and_is_a_metric_of_shapes():
    lines = [rough(1), Line(GRID, rough(1).losses + 4, 0.0), rough(2), rough(3)]
    matrix = shape_distance_matrix(lines).matrix
    assert matrix[0, 1] == pytest.approx(0, abs=FITTED) and np.array_equal(matrix, matrix.T)
    for i, j, k in itertools.permutations(range(4), 3):
        assert matrix[i, k] <= matrix[i, j] + matrix[j, k] + FITTED


@pytest.mark.parametrize("result", [fit_parabola(polynomial(1, -1, 2)), shape_distance_matrix([rough(1), rough(2)])])
def test_results_have_json_and_a_picture(result):
    assert json.loads(result.to_json())["kind"] == type(result).__name__ and result.plot().get_xlabel()


MINIMA = {  # coefficients; the minimum, its loss, whether it is between the ends
    "parabola": ((1, -0.4, 1), 0.2, 0.96, True),
    "cubic": ((0, -0.6, 1.4, 1 / 3), 0.2, 0.2**3 / 3 + 1.4 * 0.2**2 - 0.6 * 0.2, True),
    "on the left": ((0, 0.2, 1), -0.1, -0.01, True),
    "an end": ((0, -1, 0.1), GRID[-1], -GRID[-1] + 0.1 * GRID[-1] ** 2, False),
    "the other end": ((0, 1, 0.1), GRID[0], GRID[0] + 0.1 * GRID[0] ** 2, False),
    "flat": ((3, 0), GRID[0], 3, False),
}


@pytest.mark.claim("mutschler-zell:definition-metrics")
@pytest.mark.parametrize("name", MINIMA)
def test_the_minimum_of_a_line(name):
    coefficients, step, loss, inside = MINIMA[name]
    found = line_minimum(polynomial(*coefficients))
    assert found.loss == pytest.approx(loss, abs=REPRODUCED) and found.inside == inside
    # at a minimum the derivative is 0: the step errs by an error of the derivative, of the loss's over the grid's spacing
    assert found.step == pytest.approx(step, abs=REPRODUCED / 0.006)


def lines_of(full, batch, norm=2.0):
    """A measured line of two samples: the batch is the first."""
    losses = np.stack([batch.losses, 2 * full.losses - batch.losses], axis=1)
    slopes = np.array([batch.slope, 2 * full.slope - batch.slope])
    return LineLoss(GRID, losses, slopes, norm, 1, "Network", "float64", "cpu")


STEPS = {  # strategy, full batch, batch, the step
    "SGD": (sgd(0.1), (0, -1, 1), (0, -2, 1), 0.2),
    "PAL": (pal(0.1), (0, -1, 1), (0, -0.4, 1), 0.2),
    "PAL with alpha": (pal(0.1, 1.5), (0, -1, 1), (0, -0.4, 1), 0.3),
    "PAL's cap": (pal(0.1, 1.5, 0.25), (0, -1, 1), (0, -0.4, 1), 0.25),
    "PAL, negative curvature": (pal(0.1), (0, -1, 1), (0, -0.4, -1), 0.1),
    "PAL, uphill": (pal(0.1), (0, -1, 1), (0, 0.4, 1), 0.0),
    "PAL on a cubic": (pal(0.3), (0, -1, 1), (0, -0.2, 0.5, 1), 0.2 / (2 * (0.5 + 0.3))),
    "FBPAL": (full_batch_pal(0.1), (0, -0.6, 1), (0, -0.4, 1), 0.3),
    "exact": (exact_batch(), (0, -1, 1), (0, -0.6, 1.4, 1 / 3), 0.2),
}


@pytest.mark.claim("mutschler-zell:algorithm-pal", "mutschler-zell:algorithm-fbpal", "mutschler-zell:text-steplen")
@pytest.mark.parametrize("name", STEPS)
def test_the_step_of_a_strategy(name):
    strategy, full, batch, expected = STEPS[name]
    line = lines_of(polynomial(*full), polynomial(*batch))
    assert strategy(line, line.batch(0)) == pytest.approx(expected, abs=REPRODUCED / 0.006)


def slopes_line(slopes):
    return LineLoss(np.array([0.0, 1.0]), np.zeros((2, len(slopes))), np.array(slopes), 1.0, 2, "Network", "float64", "cpu")


@pytest.mark.claim("mutschler-zell:algorithm-resize")
def test_a_smaller_batch_keeps_the_steepest_of_all_subsets():
    slopes = [-3.0, 0.5, -1.0, 2.0, -2.0, 1.0]
    line, batch = slopes_line(slopes), np.array([0, 2, 3, 4, 5])
    for size in range(1, 6):
        kept = resized_batch(line, batch, size, np.random.default_rng(0))
        best = min(itertools.combinations(batch.tolist(), size), key=lambda some: sum(slopes[i] for i in some))
        assert sorted(kept.tolist()) == sorted(best)


@pytest.mark.claim("mutschler-zell:algorithm-resize")
def test_a_larger_batch_keeps_the_original_and_draws_the_rest_evenly():
    line, batch, counts = slopes_line([0.0] * 6), np.array([1, 4]), {}
    generator, draws = np.random.default_rng(0), 3000
    for _ in range(draws):
        found = resized_batch(line, batch, 4, generator).tolist()
        assert found[:2] == [1, 4] and len(set(found)) == 4
        counts[frozenset(found[2:])] = counts.get(frozenset(found[2:]), 0) + 1
    # six pairs, each with a share of 1/6: five standard deviations
    assert len(counts) == 6 and all(abs(n - draws / 6) < 5 * math.sqrt(draws * 5 / 36) for n in counts.values())
    assert sorted(resized_batch(line, batch, 6, generator).tolist()) == list(range(6))


ALL = slopes_line([0.0] * 4)
BAD = {
    "degree 0": (lambda: fit_polynomial(rough(0), 0), "degree = 0"),
    "few points": (lambda: fit_parabola(rough(0), (0.0, 0.01)), "2 grid points in the window (0.0, 0.01): expected more than the degree 2"),
    "a window that ends before it begins": (lambda: fit_parabola(rough(0), (0.2, -0.2)), "low below high"),
    "a nan window": (lambda: fit_parabola(rough(0), (math.nan, 0.2)), "the window is"),
    "no lines": (lambda: shape_distance_matrix([]), "there are no lines"),
    "different grids": (lambda: shape_distance_matrix([rough(0), rough(0, GRID[1:])]), "different grids"),
    "an empty window": (lambda: shape_distance_matrix([rough(0)], (2.0, 3.0)), "holds no grid point"),
    "SGD backwards": (lambda: sgd(-0.1), "lr = -0.1: expected a positive finite number"),
    "PAL's nan": (lambda: pal(math.nan), "mu = nan"),
    "PAL's alpha": (lambda: full_batch_pal(0.1, 0.0), "alpha = 0.0"),
    "PAL's cap": (lambda: pal(0.1, 1.0, -1.0), "s_max = -1.0"),
    "mu beyond the grid": (lambda: pal(0.6)(lines_of(rough(0), rough(1)), rough(1)), "PAL reads the line at 0 and mu = 0.6"),
    "too large a batch": (lambda: resized_batch(ALL, np.array([0]), 5, random), "size = 5: expected an integer from 1 to the 4 samples"),
    "an empty batch": (lambda: resized_batch(ALL, np.array([], dtype=int), 1, random), "at least one"),
    "a repeated sample": (lambda: resized_batch(ALL, np.array([1, 1]), 1, random), "different indices from 0 to 3"),
    "a sample that is none": (lambda: resized_batch(ALL, np.array([4]), 1, random), "different indices"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, words = BAD[case]
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)
