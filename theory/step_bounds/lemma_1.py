"""The largest eigenvalue of f(H) = sum_j A(j) H B(j), for symmetric factors. (Nar & Sastry, appendix A, lemma 1).

With the Frobenius inner product f is a symmetric operator, so its largest eigenvalue bounds every Rayleigh quotient. At H = u v' the
quotient is sum_j (u' A u)(v' B v) / (|u|^2 |v|^2).
"""

from __future__ import annotations

from typing import Any

from sympy import Eq, Expr, ImmutableMatrix, Lambda, Matrix, Rational, Sum, Tuple, count_roots, diag
from sympy.functions.elementary.complexes import transpose
from sympy.matrices import kronecker_product

from theory.evidence import Tight, at, extends, mutant, proves
from theory.proof import (
    And,
    ForAll,
    Predicate,
    Statement,
    Theorem,
    assume,
    by_meaning,
    cut,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    specialize,
    squared_norm,
)
from theory.step_bounds.layers import DEEP, LAYERS
from theory.step_bounds.solutions import characteristic, of_these_letters
from theory.step_bounds.symbols import H, L, Left, Right, j, lam, u, v


def operator(argument: Expr, left: Lambda, right: Lambda) -> Expr:
    """f(H) = sum_j A(j) H B(j), for j = 1, ..., L."""
    return Sum(left(j) * argument * right(j), (j, 1, L))


class LargestEigenvalue(Predicate):
    """`LargestEigenvalue(lam, A, L, B, L)`: lam is the largest real eigenvalue of H -> sum_j A(j) H B(j), j = 1, ..., L."""

    def meaning(self) -> tuple[tuple[Any, ...], Any, str]:
        """For symmetric factors the operator is symmetric: lam |H|^2 >= <H, f(H)> for every H."""
        lam, left, depth, right, same_depth = self.args
        of_these_letters((depth, same_depth), (L, L))
        symmetric = tuple(ForAll(j, LAYERS, Eq(transpose(f(j)), f(j))) for f in (left, right))
        return (
            symmetric,
            lam * squared_norm(H) >= inner(H, operator(H, left, right)),
            "a symmetric operator's largest eigenvalue bounds every Rayleigh quotient (Horn, Johnson, Matrix Analysis, 4.2.2)",
        )

    def decide(self) -> bool | None:
        """By the characteristic polynomial of sum_j A(j) (x) B(j)': lam is a root, and no real root is larger."""
        lam, left, _, right, _ = self.args
        if not (isinstance(left, Tuple) and isinstance(right, Tuple) and isinstance(lam, Rational)):
            return None
        factors = zip(left, right, strict=True)
        terms = [Matrix(kronecker_product(ImmutableMatrix(a), ImmutableMatrix(b).T)) for a, b in factors]
        whole = sum(terms[1:], terms[0])
        polynomial = characteristic(whole)
        return polynomial.eval(lam) == 0 and count_roots(polynomial, lam, None) == 1


class PositiveSemidefinite(Predicate):
    """`PositiveSemidefinite(A)`: the real matrix A is symmetric, and x' A x >= 0 for every x."""

    def meaning(self) -> tuple[tuple[Any, ...], Any, str]:
        """A' = A."""
        (matrix,) = self.args
        return (), Eq(transpose(matrix), matrix), "positive semidefinite matrices are symmetric here"

    def decide(self) -> bool | None:
        """For rational entries: no eigenvalue is negative."""
        (matrix,) = self.args
        if not (isinstance(matrix, ImmutableMatrix) and all(isinstance(e, Rational) for e in matrix)):
            return None
        if not matrix.is_symmetric():
            return False
        polynomial = characteristic(matrix)
        return count_roots(polynomial, None, 0) == (1 if polynomial.eval(0) == 0 else 0)


LEFT, RIGHT = Lambda(j, Left(j)), Lambda(j, Right(j))
SEMIDEFINITE = ForAll(j, LAYERS, And(PositiveSemidefinite(Left(j)), PositiveSemidefinite(Right(j))))
SYMMETRIC = tuple(ForAll(j, LAYERS, Eq(transpose(f), f)) for f in (Left(j), Right(j)))
LARGEST = LargestEigenvalue(lam, LEFT, L, RIGHT, L)
NONZERO = (squared_norm(u) > 0, squared_norm(v) > 0)
FORMS = Sum(inner(u, Left(j) * u) * inner(v, Right(j) * v), (j, 1, L))

lemma_1 = Statement(
    (DEEP, SEMIDEFINITE, LARGEST, *NONZERO),
    lam >= FORMS / (squared_norm(u) * squared_norm(v)),
    source="nar-sastry:lemma-1",
)
symmetric_factors = Statement((DEEP, *SYMMETRIC, LARGEST, *NONZERO), lemma_1.then)

STRETCH = {L: 1, Left(1): diag(2, 1), Right(1): diag(3, 1), lam: 6, u: ImmutableMatrix([1, 0]), v: ImmutableMatrix([1, 0])}
TWO_TERMS = {**STRETCH, L: 2, Left(2): diag(1, 1), Right(2): diag(1, 4), lam: 7, v: ImmutableMatrix([1, 1])}
SHEAR = {**STRETCH, Left(1): ImmutableMatrix([[1, 1], [0, 1]]), Right(1): diag(1, 1), lam: 1, u: ImmutableMatrix([1, 1])}
SADDLE = {**STRETCH, Left(1): diag(1, -1), Right(1): diag(2, -1), lam: 2}


@extends(
    "nar-sastry:lemma-1",
    symmetric_factors,
    witness=at(SADDLE),
    mutants=[mutant(symmetric_factors.drop(*SYMMETRIC), SHEAR, "without symmetry")],
)
def symmetry_is_enough() -> Theorem:
    """Lam |H|^2 >= <H, f(H)> at H = u v': the lemma needs symmetric factors, but not semidefinite ones."""
    rank_one = u * transpose(v)
    quotient = instance(by_meaning(LARGEST), {H: rank_one})
    value = equal_words(inner(rank_one, operator(rank_one, LEFT, RIGHT)), FORMS, because="<u v', A u v' B> = (u' A u)(v' B v)")
    length = equal_words(squared_norm(rank_one), squared_norm(u) * squared_norm(v), because="|u v'| = |u| |v|")
    return follows(
        lemma_1.then,
        *NONZERO,
        using=(quotient, value, length),
        because="divide by |u|^2 |v|^2",
    )


@proves(
    lemma_1,
    witness=at(TWO_TERMS),
    mutants=[
        mutant(lemma_1.with_constant(2), STRETCH, "twice the quotient"),
        mutant(lemma_1.with_then(lam >= FORMS), {**STRETCH, u: ImmutableMatrix([2, 0])}, "without the lengths of u and v"),
        mutant(lemma_1.swap_relation(), TWO_TERMS, "an upper bound"),
        mutant(lemma_1.drop(SEMIDEFINITE), SHEAR, "factors that are not symmetric"),
    ],
    tight=Tight(
        True,
        "equality where u and v are eigenvectors of the factors for their largest eigenvalues",
        Statement(lemma_1.given, Eq(*lemma_1.then.args)),
        at(STRETCH),
    ),
)
def rank_one_matrices_bound_the_eigenvalue() -> Theorem:
    """Lam >= sum_j (u' A u)(v' B v) / (|u|^2 |v|^2): the Rayleigh quotient of f at u v'."""
    pair = specialize(assume(SEMIDEFINITE), j)
    symmetric = []
    for matrix in (Left(j), Right(j)):
        semidefinite = PositiveSemidefinite(matrix)
        equation = cut(by_meaning(semidefinite), follows(semidefinite, using=(pair,)))
        symmetric.append(generalize(equation, j, LAYERS))
    return cut(symmetry_is_enough(), *symmetric)
