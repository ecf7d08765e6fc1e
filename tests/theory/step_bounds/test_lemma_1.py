"""Lemma 1 against NumPy's eigenvalues of the Kronecker form, and the exact tests of its two notions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import ImmutableMatrix, Integer, Rational, Tuple, diag, sqrt

from tests.theory.step_bounds.networks import integer_matrices
from theory.proof import KernelError, by_meaning
from theory.step_bounds.lemma_1 import LEFT, RIGHT, LargestEigenvalue, PositiveSemidefinite
from theory.step_bounds.symbols import N, lam

# eigvalsh is backward stable: its error is below a few n eps of the norm, with n <= 9; 1e-12 is a thousand times that
SLACK = 1e-12


@st.composite
def symmetric_terms(draw, semidefinite):
    """A_1, B_1, ..., A_L, B_L and vectors u, v."""
    m, n, count = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))

    def symmetric(size):
        root = draw(integer_matrices(size, size))
        return root @ root.T if semidefinite else root + root.T

    vectors = [draw(integer_matrices(size, 1).filter(np.any)) for size in (m, n)]
    return [(symmetric(m), symmetric(n)) for _ in range(count)], *vectors


@pytest.mark.claim("nar-sastry:lemma-1")
@pytest.mark.parametrize("semidefinite", [True, False])
@given(st.data())
def test_the_largest_eigenvalue_is_at_least_the_quotient(semidefinite, data):
    terms, u, v = data.draw(symmetric_terms(semidefinite))
    largest = np.linalg.eigvalsh(sum(np.kron(a, b) for a, b in terms))[-1]
    quotient = sum((u.T @ a @ u).item() * (v.T @ b @ v).item() for a, b in terms) / (np.sum(u**2) * np.sum(v**2))
    norm = sum(np.linalg.norm(a) * np.linalg.norm(b) for a, b in terms)
    assert largest >= quotient - SLACK * norm


@pytest.mark.claim("nar-sastry:lemma-1")
def test_top_eigenvectors_attain_it():
    """diag(3, 1) X diag(5, 2): the eigenvalues are the products 15, 6, 5, 2, and the quotient at e_1, e_1 is 15."""
    pair = (Tuple(diag(3, 1)), 1, Tuple(diag(5, 2)), 1)
    found = [LargestEigenvalue(Integer(value), *pair).decide() for value in (15, 6, 5, 2, 16)]
    assert found == [True, False, False, False, False]


@given(symmetric_terms(semidefinite=False))
def test_the_largest_eigenvalue_is_decided_exactly(case):
    terms, *_ = case
    largest = np.linalg.eigvalsh(sum(np.kron(a, b) for a, b in terms))[-1]
    families = [Tuple(*(ImmutableMatrix(m.astype(int)) for m in family)) for family in zip(*terms, strict=True)]
    count = len(terms)
    norm = sum(np.linalg.norm(a) * np.linalg.norm(b) for a, b in terms)
    decided = LargestEigenvalue(Integer(round(largest)), families[0], count, families[1], count).decide()
    if decided:
        assert abs(largest - round(largest)) <= SLACK * norm
    assert LargestEigenvalue(Integer(round(largest) + 1), families[0], count, families[1], count).decide() is False


def test_what_is_not_explicit_is_not_decided():
    assert LargestEigenvalue(lam, LEFT, 1, RIGHT, 1).decide() is None
    assert LargestEigenvalue(sqrt(2), Tuple(diag(1)), 1, Tuple(diag(1)), 1).decide() is None
    assert PositiveSemidefinite(diag(sqrt(2), 1)).decide() is None


def test_the_meaning_holds_for_the_depth_of_the_sums_only():
    with pytest.raises(KernelError, match="the meaning is stated for"):
        by_meaning(LargestEigenvalue(lam, LEFT, N, RIGHT, N))


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        (diag(1, 0), True),
        (diag(0, 0), True),
        (ImmutableMatrix([[1, 1], [1, 1]]), True),
        (ImmutableMatrix([[1, 2], [2, 1]]), False),
        (ImmutableMatrix([[1, 1], [0, 1]]), False),
        (diag(Rational(-1, 10**9), 1), False),
    ],
)
def test_positive_semidefinite(matrix, expected):
    assert PositiveSemidefinite(ImmutableMatrix(matrix)).decide() is expected
