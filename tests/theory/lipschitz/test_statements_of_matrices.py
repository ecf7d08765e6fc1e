"""The statements of sections 4, 5 and 6 themselves at random matrices: what they relate are the numbers found without them.

Each row draws an instance in which all hypotheses hold, with their bounds attained, and says what its conclusion relates there, printed or
amended. So a changed conclusion turns its row red; a bound that is narrowed by a hair must break a hypothesis.
"""

from __future__ import annotations

import random
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf, sqrt

from tests.theory.lipschitz.statement_rows import HAIR, Listed, Point, Row, check, drawn, parameters, product, unit
from tests.theory.lipschitz.statement_values import size, spectral_norm
from theory.lipschitz import last_layer_bounds, least_squares, least_squares_bounds, logistic_gradient, regularisation, softmax_gradient
from theory.lipschitz import squared_outputs as outputs
from theory.lipschitz.symbols import (
    A,
    G,
    Gamma,
    K,
    K_a,
    K_z,
    L,
    W,
    X,
    a,
    b,
    best,
    chosen,
    class_units,
    data,
    g_w,
    inputs,
    k,
    label_of,
    lam,
    logit,
    m,
    n,
    output,
    p_1,
    p_2,
    root,
    row,
    sample,
    sigma,
    signals,
    unit_q,
    v,
    w,
    y,
)
from theory.lipschitz.symbols import (
    true as true_class,
)


def regression(dice: random.Random) -> Point:
    """m samples of n features; the two weights in the ball whose radius is the larger of their norms."""
    rows, columns = dice.randint(1, 3), dice.randint(1, 3)
    point = {m: mpf(rows), X: drawn(dice, rows, columns), y: drawn(dice, rows), w: drawn(dice, columns), v: drawn(dice, columns)}
    gram = point[X].T @ point[X]
    return {**point, sample: drawn(dice, columns), K: max(size(point[w]), size(point[v])), sigma: spectral_norm(gram)}


def gap(at: Point) -> Any:
    return (size(at[X] @ at[w] - at[y]) ** 2 - size(at[X] @ at[v] - at[y]) ** 2) / (2 * at[m])


def correlation(at: Point) -> Any:
    return size(at[X].T @ at[y])


def slope_bound(at: Point, side: int) -> Any:
    return (at[K] * at[sigma] + side * correlation(at)) / at[m]


def differences(at: Point) -> list[Any]:
    moved, middle = at[X] @ (at[w] - at[v]), at[X] @ (at[w] + at[v]) - 2 * at[y]
    return [("=", gap(at), product(middle, moved) / (2 * at[m]))] * 2


def along_an_eigenvector(dice: random.Random) -> Point:
    """X is diagonal, and v its first unit."""
    rows = dice.randint(1, 3)
    scales = sorted((dice.randint(0, 8) for _ in range(rows)), reverse=True)
    matrix = np.array([[mpf(scales[r]) / 4 if r == c else mpf(0) for c in range(rows)] for r in range(rows)], dtype=object)
    first = np.array([[mpf(r == 0)] for r in range(rows)], dtype=object)
    point = {**regression(dice), m: mpf(rows), X: matrix, y: drawn(dice, rows), v: first, w: drawn(dice, rows)}
    return {**point, K: size(point[w]), sigma: (mpf(scales[0]) / 4) ** 2}


def steepness(at: Point, weights: Any) -> Any:
    return size(at[X].T @ (at[X] @ weights - at[y])) / at[m]


def constants(at: Point, side: int) -> list[Any]:
    ends = [steepness(at, sign * at[K] * at[v]) for sign in (1, -1)]
    above = [("<=", steepness(at, at[w]), slope_bound(at, side))]
    if side < 0:
        return above + [("=", end, slope_bound(at, side)) for end in ends]
    return above + [("<=", sqrt(at[K] ** 2 * at[sigma] ** 2 + correlation(at) ** 2) / at[m], end) for end in ends]


def of_outputs(dice: random.Random) -> Point:
    rows = dice.randint(1, 3)
    longer = dice.randint(0, 1) * 5
    point = {
        m: mpf(rows),
        y: drawn(dice, rows),
        a: drawn(dice, rows) + longer,
        b: drawn(dice, rows) + 5 - longer,
        inputs: drawn(dice, rows),
    }
    return {**point, K_a: max(size(point[a]), size(point[b])), K_z: size(point[inputs])}


def of_one_output(dice: random.Random) -> Point:
    point = of_outputs(dice)
    return {**point, K_a: size(point[a])}


def output_slopes(at: Point, amended: bool) -> list[Any]:
    change = size(at[b] - at[y]) ** 2 - size(at[a] - at[y]) ** 2
    slope, middle = abs(change) / (2 * at[m]) / size(at[b] - at[a]), size(at[a] + at[b] - 2 * at[y]) / (2 * at[m])
    if amended:
        return [("<=", slope, middle), ("<=", middle, (at[K_a] + size(at[y])) / at[m])]
    return [("=", slope, middle), ("<=", slope, (at[K_a] - size(at[y])) / at[m])]


def normed(dice: random.Random) -> Point:
    point = regression(dice)
    return {**point, sigma: spectral_norm(point[X])}


def two_constants(at: Point, amended: bool) -> list[Any]:
    (low, by_outputs), (high, by_weights) = (
        ((at[K] * at[sigma] ** 2 + side * correlation(at)) / at[m], (at[K] * at[sigma] + side * size(at[y])) * at[sigma] / at[m])
        for side in (-1, 1)
    )
    return [("<=", high, by_weights), ("<=", by_outputs, low)] if amended else [("=", low, by_outputs)]


def last_layer(at: Point, side: int) -> list[Any]:
    slope = abs(product(at[a] - at[y], at[inputs])) / at[m]
    return [("<=", slope, (at[K_a] + side * size(at[y])) * at[K_z] / at[m])]


def columns(dice: random.Random) -> Point:
    """The weights of the units are the columns of the identity."""
    point = normed(dice)
    units = np.array(mpmath.eye(point[X].shape[1]).tolist(), dtype=object)
    lengths = [size(point[X][:, [c]]) for c in range(point[X].shape[1])]
    at_most = max(lengths)
    return {**point, n: mpf(len(lengths)), class_units: units, K_z: at_most, row: mpf(lengths.index(at_most) + 1)}


def activations(dice: random.Random) -> Point:
    rows, count = dice.randint(1, 3), dice.randint(1, 3)
    point = {n: mpf(count), A: drawn(dice, rows, count), signals: drawn(dice, rows)}
    lengths = [size(point[A][:, [c]]) for c in range(count)]
    slopes = [abs(product(point[A][:, [c]], point[signals])) for c in range(count)]
    largest = (max(range(count), key=values.__getitem__) + 1 for values in (lengths, slopes))
    return {**point, K_z: max(lengths), row: mpf(next(largest)), unit_q: mpf(next(largest))}


def in_a_weight(at: Point) -> Any:
    return abs(product(at[A][:, [int(at[unit_q]) - 1]], at[signals]))


def tikhonov(dice: random.Random, square: bool) -> Point:
    side = dice.randint(1, 3)
    longer = dice.randint(0, 1) * 5
    point = {Gamma: drawn(dice, side, side), w: drawn(dice, side) + longer, v: drawn(dice, side) + 5 - longer}
    matrix = point[Gamma] @ point[Gamma] if square else point[Gamma].T @ point[Gamma]
    return {**point, K: max(size(point[w]), size(point[v])), sigma: spectral_norm(matrix)}


def added(at: Point) -> Any:
    return size(at[Gamma] @ at[w]) ** 2 - size(at[Gamma] @ at[v]) ** 2


def split(at: Point, square: bool) -> list[Any]:
    matrix = at[Gamma] @ at[Gamma] if square else at[Gamma].T @ at[Gamma]
    apart = at[w] - at[v]
    return [("=", added(at), product(apart, matrix @ apart) + 2 * product(at[v], matrix @ apart))]


def tikhonov_slope(at: Point, box: bool) -> list[Any]:
    apart = size(at[w] - at[v])
    bound = 2 * at[K] * at[sigma] if box else 2 * size(at[v]) * at[sigma] + apart * at[sigma]
    return [("<=", abs(added(at)) / apart, bound)]


def penalised(dice: random.Random) -> Point:
    point = tikhonov(dice, True)
    return {**point, lam: mpf(3) / 4, L: mpf(5) / 4, p_1: mpf(5) / 4 * size(point[w] - point[v]), p_2: mpf(0)}


def penalty(at: Point) -> list[Any]:
    more = at[lam] / 2 * (size(at[w]) ** 2 - size(at[v]) ** 2)
    return [("<=", abs(at[p_1] - at[p_2] + more), (at[L] + at[lam] * at[K]) * size(at[w] - at[v]))]


def multiple(dice: random.Random) -> Point:
    point = penalised(dice)
    return {**point, root: sqrt(point[lam] / 2)}


def fits(at: Point, c: Any) -> list[Any]:
    return [("=", at[lam] / 2 * size(at[w]) ** 2, size(c * at[w]) ** 2), ("=", 2 * at[K] * c**2, at[lam] * at[K])]


def logistic(dice: random.Random) -> Point:
    features, samples = dice.randint(1, 3), dice.randint(1, 3)
    labels = [mpf(dice.randint(0, 1)) for _ in range(samples)]
    return with_labels({m: mpf(samples), data: drawn(dice, features, samples), w: drawn(dice, features)}, labels)


def with_labels(at: Point, labels: list[Any]) -> Point:
    """With the gradient, and the subset of the samples that are against it."""
    rows = [at[data][:, [c]] for c in range(int(at[m]))]
    terms = ((1 / (1 + mpmath.exp(-product(x, at[w]))) - one) * x for x, one in zip(rows, labels, strict=True))
    gradient = sum(terms) / at[m]
    turned = [product((2 * one - 1) * x, gradient) < 0 for x, one in zip(rows, labels, strict=True)]
    return {**at, label_of: Listed(labels), g_w: gradient, chosen: Listed([mpf(t) for t in turned])}


def between_labels(at: Point) -> list[Point]:
    """One label a little above or below 0 or 1, and all else as it must be."""
    labels = [at[label_of](i + 1) for i in range(int(at[m]))]
    off = ([*labels[:c], labels[c] + side * HAIR, *labels[c + 1 :]] for c in range(len(labels)) for side in (1, -1))
    return [with_labels(at, changed) for changed in off]


def best_subset(at: Point) -> Any:
    count = int(at[m])
    total = sum(at[chosen](i + 1) * (2 * at[label_of](i + 1) - 1) * at[data][:, [i]] for i in range(count))
    return size(total) / count


def softmax(dice: random.Random) -> Point:
    features, samples, classes = dice.randint(1, 2), dice.randint(1, 3), dice.randint(2, 3)
    labels = [dice.randint(1, classes) for _ in range(samples)]
    units = np.array(mpmath.eye(classes).tolist(), dtype=object)
    point = {m: mpf(samples), k: mpf(classes), data: drawn(dice, features, samples), W: drawn(dice, classes, features), class_units: units}
    return from_logits({**point, true_class: lambda i: mpf(labels[int(i) - 1])}, point[W] @ point[data])


def from_logits(at: Point, logits: Any) -> Point:
    powers = np.array([[mpmath.exp(x) for x in line] for line in logits], dtype=object)
    return from_shares({**at, logit: lambda i, j: logits[int(j) - 1, int(i) - 1]}, powers / powers.sum(axis=0))


def from_shares(at: Point, shares: Any) -> Point:
    return from_outputs({**at, output: lambda i, j: shares[int(j) - 1, int(i) - 1]}, shares)


def from_outputs(at: Point, columns_: Any) -> Point:
    """With the gradient, and the best class of each sample."""
    wanted = [int(at[true_class](c + 1)) - 1 for c in range(int(at[m]))]
    gradient = sum((columns_[:, [c]] - at[class_units][:, [t]]) @ at[data][:, [c]].T for c, t in enumerate(wanted)) / at[m]
    far = gradient @ at[data]
    return {**at, A: columns_, G: gradient, best: lambda i: mpf(max(range(len(far)), key=lambda j: far[j, int(i) - 1]) + 1)}


def other_softmax(at: Point) -> list[Point]:
    """One logit, softmax value or output off by a hair, and all that comes after it as it must be."""
    logits = at[W] @ at[data]
    places = [(place, side * HAIR * unit(place, logits.shape)) for place in np.ndindex(logits.shape) for side in (1, -1)]
    off = [make(at, right + change) for make, right in ((from_logits, logits), (from_shares, at[A])) for _, change in places]
    return off + [from_outputs(at, at[A] + change) for _, change in places]


def best_classes(at: Point) -> Any:
    units = at[class_units]
    terms = (
        (units[:, [int(at[best](i + 1)) - 1]] - units[:, [int(at[true_class](i + 1)) - 1]]) @ at[data][:, [i]].T for i in range(int(at[m]))
    )
    return size(sum(terms)) / at[m]


def other_columns(at: Point) -> list[Point]:
    """Columns that are not the longest."""
    matrix = at[X] if X in at else at[A]
    lengths = [size(matrix[:, [c]]) for c in range(matrix.shape[1])]
    shorter = [{row: mpf(c + 1), K_z: length} for c, length in enumerate(lengths) if length < max(lengths)]
    if unit_q not in at:
        return shorter
    largest = in_a_weight(at)
    columns_ = ({unit_q: mpf(c + 1)} for c in range(matrix.shape[1]))
    return shorter + [other for other in columns_ if in_a_weight({**at, **other}) < largest]


def flips(at: Point) -> list[Point]:
    """One sample more or less in the subset."""
    return [{chosen: lambda i, one=one: at[chosen](i) + (1 - 2 * at[chosen](i)) * (int(i) == one)} for one in range(1, int(at[m]) + 1)]


def other_classes(at: Point) -> list[Point]:
    """Another class for one sample, that is not as good."""
    far, found = at[G] @ at[data], []
    for one in range(1, int(at[m]) + 1):
        for c in range(int(at[k])):
            if far[c, one - 1] < max(far[:, one - 1]):
                found.append({best: lambda i, one=one, c=c: mpf(c + 1) if int(i) == one else at[best](i)})
    return found


ROWS = [
    Row("ls-diff", least_squares.difference, regression, differences),
    Row(
        "ls-transpose",
        least_squares.transposed,
        regression,
        lambda at: [("=", product(at[w] + at[v], at[sample]), product(at[w], at[sample]) + product(at[v], at[sample]))],
    ),
    Row(
        "ls-box",
        least_squares.box,
        regression,
        lambda at: [("<=", abs(gap(at)), slope_bound(at, -1) * size(at[w] - at[v]))],
        (K,),
        (sigma,),
    ),
    Row(
        "ls-box",
        least_squares.with_a_plus,
        regression,
        lambda at: [("<=", abs(gap(at)), slope_bound(at, 1) * size(at[w] - at[v]))],
        (K,),
        (sigma,),
    ),
    Row(
        "text-ls-factor",
        least_squares_bounds.factor,
        lambda dice: {**regression(dice), root: mpf(1) / 3},
        lambda at: [
            ("=", 2 * at[m] * at[root] * abs(gap(at)), at[root] * abs(2 * at[m] * gap(at))),
            ("!=", at[root] * abs(2 * at[m] * gap(at)), abs(gap(at))),
        ],
        (),
        (),
        lambda at: [{root: 1 / (2 * at[m])}, {root: -at[root]}, {w: at[v]}],
    ),
    Row("text-rhs-is-l", least_squares_bounds.printed, along_an_eigenvector, lambda at: constants(at, -1), (K,), (v, sigma)),
    Row("text-rhs-is-l", least_squares_bounds.two_bounds, along_an_eigenvector, lambda at: constants(at, 1), (K,), (v, sigma)),
    Row(
        "equation-7-diff",
        outputs.difference,
        of_outputs,
        lambda at: [
            (
                "=",
                (size(at[b] - at[y]) ** 2 - size(at[a] - at[y]) ** 2) / (2 * at[m]),
                product(at[a] + at[b] - 2 * at[y], at[b] - at[a]) / (2 * at[m]),
            )
        ],
    ),
    Row("equation-8", outputs.printed, of_outputs, lambda at: output_slopes(at, False), (K_a,), (), lambda at: [{b: at[a]}]),
    Row("equation-8", outputs.two_bounds, of_outputs, lambda at: output_slopes(at, True), (K_a,), (), lambda at: [{b: at[a]}]),
    Row("equation-equiv", outputs.same, normed, lambda at: two_constants(at, False), (), (sigma,)),
    Row("equation-equiv", outputs.ordered, normed, lambda at: two_constants(at, True), (), (sigma,)),
    Row("equation-9", last_layer_bounds.steepest, of_one_output, lambda at: last_layer(at, -1), (K_a, K_z)),
    Row("equation-9", last_layer_bounds.steepest_amended, of_one_output, lambda at: last_layer(at, 1), (K_a, K_z)),
    Row(
        "equation-11",
        last_layer_bounds.longest,
        columns,
        lambda at: [("=", at[K_z], at[sigma])],
        (),
        (K_z, sigma, class_units),
        other_columns,
    ),
    Row(
        "equation-11",
        last_layer_bounds.longest_amended,
        columns,
        lambda at: [("<=", at[K_z], at[sigma])],
        (),
        (K_z, sigma, class_units),
        other_columns,
    ),
    Row(
        "equation-14",
        last_layer_bounds.largest,
        activations,
        lambda at: [("=", in_a_weight(at), size(at[signals]) * at[K_z])],
        (),
        (K_z,),
        other_columns,
    ),
    Row(
        "equation-14",
        last_layer_bounds.largest_amended,
        activations,
        lambda at: [("<=", in_a_weight(at), size(at[signals]) * at[K_z])],
        (),
        (K_z,),
        other_columns,
    ),
    Row("reg-tikh-identity", regularisation.identity_, lambda dice: tikhonov(dice, True), lambda at: split(at, True)),
    Row("reg-tikh-identity", regularisation.with_transpose, lambda dice: tikhonov(dice, True), lambda at: split(at, False)),
    Row(
        "reg-ineq",
        regularisation.inequality,
        lambda dice: tikhonov(dice, True),
        lambda at: tikhonov_slope(at, False),
        (),
        (sigma,),
        lambda at: [{v: at[w]}],
    ),
    Row(
        "reg-ineq",
        regularisation.inequality_amended,
        lambda dice: tikhonov(dice, False),
        lambda at: tikhonov_slope(at, False),
        (),
        (sigma,),
        lambda at: [{v: at[w]}],
    ),
    Row(
        "reg-box",
        regularisation.box,
        lambda dice: tikhonov(dice, True),
        lambda at: tikhonov_slope(at, True),
        (K,),
        (sigma,),
        lambda at: [{v: at[w]}],
    ),
    Row(
        "reg-box",
        regularisation.box_amended,
        lambda dice: tikhonov(dice, False),
        lambda at: tikhonov_slope(at, True),
        (K,),
        (sigma,),
        lambda at: [{v: at[w]}],
    ),
    Row("reg-l2", regularisation.l2_amended, penalised, penalty, (L, K)),
    Row("reg-gamma", regularisation.gamma, penalised, lambda at: fits(at, at[lam] / 2)),
    Row("reg-gamma", regularisation.gamma_amended, multiple, lambda at: fits(at, at[root]), (), (root,), lambda at: [{root: -at[root]}]),
    Row(
        "logistic-l",
        logistic_gradient.printed,
        logistic,
        lambda at: [("<=", size(at[g_w]), size(at[data]) / (2 * at[m]))],
        (),
        (g_w,),
        between_labels,
    ),
    Row(
        "logistic-l",
        logistic_gradient.amended,
        logistic,
        lambda at: [("<=", size(at[g_w]), best_subset(at))],
        (),
        (g_w, chosen),
        lambda at: flips(at) + between_labels(at),
    ),
    Row(
        "softmax-l",
        softmax_gradient.printed,
        softmax,
        lambda at: [("<=", size(at[G]), (at[k] - 1) / (at[k] * at[m]) * size(at[data]))],
        (),
        (class_units, G),
        other_softmax,
    ),
    Row(
        "softmax-l",
        softmax_gradient.amended,
        softmax,
        lambda at: [("<=", size(at[G]), best_classes(at))],
        (),
        (class_units, G),
        lambda at: other_softmax(at) + other_classes(at),
    ),
]


@pytest.mark.parametrize("entry", parameters(ROWS))
def test_what_the_statement_relates(entry: Row) -> None:
    check(entry)
