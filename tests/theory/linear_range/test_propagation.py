"""Operators, rows and double sums of random integer matrices: products written out, against recursions, in exact arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theory.linear_range.propagation import equation_11
from theory.linear_range.symbols import D, Dbar, Fu, I, Ju, adjoint
from theory.proof import witness


@dataclass
class Jacobians:
    """f_u(i) from width i to width i + 1, and a row J_u(i) for each state."""

    by_state: list[np.ndarray]
    rows: list[np.ndarray]

    @property
    def depth(self) -> int:
        return len(self.by_state)

    def operator(self, start: int, end: int) -> np.ndarray:
        """f_u(end-1) ... f_u(start), multiplied from the left."""
        product = np.eye(self.rows[start].size, dtype=int)
        for f in self.by_state[start:end]:
            product = f @ product
        return product


@st.composite
def jacobians(draw: st.DrawFn) -> Jacobians:
    dice = np.random.default_rng(draw(st.integers(0, 10**6)))
    widths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=6))
    layers = [dice.integers(-3, 4, size=(n, m)) for m, n in pairwise(widths)]
    return Jacobians(layers, [dice.integers(-3, 4, size=(1, m)) for m in widths])


@pytest.mark.claim("ni-talnikar:text-d-equals-dbar", "ni-talnikar:equation-6")
@given(jacobians())
def test_rows_and_columns_are_carried_by_one_matrix(net: Jacobians) -> None:
    for end in range(net.depth + 1):
        back = np.eye(net.rows[end].size, dtype=int)  # every unit row at once
        for start in range(end, -1, -1):
            assert np.array_equal(back, net.operator(start, end))
            back = back @ net.by_state[start - 1] if start else back


@pytest.mark.claim("ni-talnikar:equation-11", "ni-talnikar:equation-8")
@given(jacobians())
def test_the_adjoint_collects_every_row_behind_it(net: Jacobians) -> None:
    row = np.zeros((1, 1), dtype=int)  # of a layer that does not exist, and neither does its Jacobian
    ghost = np.full((1, net.rows[-1].size), 17)
    for start in range(net.depth, -1, -1):
        row = row @ (ghost if start == net.depth else net.by_state[start]) + net.rows[start]
        assert np.array_equal(row, sum(net.rows[i] @ net.operator(start, i) for i in range(start, net.depth + 1)))


@pytest.mark.claim("ni-talnikar:equation-11")
@given(jacobians())
def test_the_formal_statement_holds_for_matrices_of_any_shape(net: Jacobians) -> None:
    last = net.depth
    rows = {last + 1: np.zeros((1, 1), dtype=int)}
    layers = {**dict(enumerate(net.by_state)), last: np.full((1, net.rows[-1].size), 17)}
    for start in range(last, -1, -1):
        rows[start] = rows[start + 1] @ layers[start] + net.rows[start]
    pairs = [(start, end) for end in range(last + 1) for start in range(end + 1)]
    point = {I: last} | {Fu(i): f.tolist() for i, f in layers.items()} | {adjoint(i): r.tolist() for i, r in rows.items()}
    point |= {Ju(i): r.tolist() for i, r in enumerate(net.rows)}
    point |= {D(start, end): net.operator(start, end).tolist() for start, end in pairs}
    point |= {Dbar(end, start): net.operator(start, end).tolist() for start, end in pairs}
    assert witness(equation_11, point)


@pytest.mark.claim("ni-talnikar:text-common-objective")
@given(jacobians())
def test_backpropagation_is_one_product(net: Jacobians) -> None:
    row = net.rows[-1]
    for start in range(net.depth, -1, -1):
        assert np.array_equal(row, net.rows[-1] @ net.operator(start, net.depth))
        row = row @ net.by_state[start - 1] if start else row


@pytest.mark.claim("ni-talnikar:equation-17")
@given(st.lists(st.integers(1, 3), min_size=2, max_size=6), st.integers(0, 10**6), st.floats(0, 1))
def test_tangent_and_adjoint_agree_on_random_graphs(widths: list[int], seed: int, density: float) -> None:
    dice = np.random.default_rng(seed)
    last = len(widths) - 1
    edges = {
        (i, j): dice.integers(-3, 4, size=(widths[i + 1], widths[j])) * (dice.random() < density) for i in range(last) for j in range(i + 1)
    }
    pushes = [dice.integers(-3, 4, size=(m, 1)) for m in widths[1:]]
    rows = [dice.integers(-3, 4, size=(1, m)) for m in widths]
    tangents = [np.zeros((widths[0], 1), dtype=int)]
    for i in range(last):
        tangents.append(sum(edges[i, j] @ tangents[j] for j in range(i + 1)) + pushes[i])
    adjoints = {last: rows[last]}
    for j in range(last - 1, -1, -1):
        adjoints[j] = rows[j] + sum(adjoints[i + 1] @ edges[i, j] for i in range(j, last))
    forwards = sum((r @ t)[0, 0] for r, t in zip(rows, tangents, strict=True))
    backwards = sum((adjoints[i + 1] @ push)[0, 0] for i, push in enumerate(pushes))
    # a third route: every path through the graph, in one block matrix with all edges
    ends = np.cumsum([0, *widths])
    graph = np.zeros((ends[-1], ends[-1]), dtype=int)
    for (i, j), edge in edges.items():
        graph[ends[i + 1] : ends[i + 2], ends[j] : ends[j + 1]] = edge
    paths = sum(np.linalg.matrix_power(graph, n) for n in range(last + 1))
    source = np.concatenate([tangents[0], *pushes])
    assert forwards == backwards == (np.concatenate(rows, axis=1) @ paths @ source)[0, 0]
