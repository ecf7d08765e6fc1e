"""Textbook facts that proofs may cite: each with its reference, and each with a property test of its own in tests/theory/proof.

A fact is a function from terms to `(given, then)`; `cite` turns an instance into a theorem that trusts it by name. No claim of the
five papers may stand here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from sympy import Abs, Add, Eq, Expr, Ge, Gt, ImmutableMatrix, Le, Lt, Max, Ne, Product, Rational, Sum, Symbol, sympify

from theory.proof.language import keep_bound
from theory.proof.logic import And, Boolean, ForAll, Implies, Not, Predicate, substitute
from theory.proof.theorem import (
    KernelError,
    check_terms,
    rule,
)
from theory.proof.words import inner, squared_norm

Instance = tuple[tuple[Any, ...], Any]


@dataclass(frozen=True)
class Fact:
    """A textbook fact: its name, what it says, where it stands, and how it is instantiated."""

    name: str
    says: str
    reference: str
    instance: Callable[..., Instance]


FACTS: dict[str, Fact] = {}


def fact(says: str, reference: str) -> Callable[[Callable[..., Instance]], Callable[..., Instance]]:
    """Register a function as a textbook fact under its own name."""

    def register(function: Callable[..., Instance]) -> Callable[..., Instance]:
        name = function.__name__.replace("_", "-")
        FACTS[name] = Fact(name, says, reference, function)
        return function

    return register


@rule
def cite(name: str, *terms: Any, **named: Any) -> tuple:
    """The textbook fact `name` for these terms.

    Raises:
        KernelError: no such fact, or a term that is no word of the language: 2**n < 3**n for n > 0 would be oo < oo for infinity.
    """
    if name not in FACTS:
        raise KernelError(f"no textbook fact {name!r}; there are {', '.join(sorted(FACTS))}")
    check_terms(name, (*terms, *named.values()))
    given, then = FACTS[name].instance(*terms, **named)
    return given, then, f"{FACTS[name].says} [{FACTS[name].reference}]", (), (f"fact:{name}",)


# Inequalities


@fact("Cauchy-Schwarz: <x, y>^2 <= |x|^2 |y|^2", "Steele, The Cauchy-Schwarz Master Class, 2004, (1.1)")
def cauchy_schwarz(x: Any, y: Any) -> Instance:
    """For columns, or for matrices with the Frobenius inner product."""
    return (), inner(x, y) ** 2 <= squared_norm(x) * squared_norm(y)


@fact("a squared norm is not negative", "Horn, Johnson, Matrix Analysis, definition 5.1.1")
def norm_nonnegative(x: Any) -> Instance:
    """For a column, or for a matrix with the Frobenius norm."""
    return (), squared_norm(x) >= 0


@fact("only 0 has the norm 0", "Horn, Johnson, Matrix Analysis, definition 5.1.1")
def norm_definite(x: Any) -> Instance:
    """For a column, or for a matrix with the Frobenius norm."""
    return (Eq(squared_norm(x), 0),), Eq(x, 0, evaluate=False)


@fact("the Frobenius norm is submultiplicative: |x y| <= |x| |y|", "Horn, Johnson, Matrix Analysis, 2nd ed., 2013, section 5.6")
def submultiplicative(x: Any, y: Any) -> Instance:
    """For matrices whose product makes sense; for columns it is Cauchy-Schwarz."""
    return (), squared_norm(x * y) <= squared_norm(x) * squared_norm(y)


@fact(
    "a sum of terms >= 0 is at least the sum of some of them",
    "Rudin, Principles of Mathematical Analysis, theorem 3.24",
)
def part_of_sum(term: Any, index: Symbol, count: Any, *chosen: Any) -> Instance:
    """Sum(term, (index, 1, n)) >= the sum of the terms at the chosen indices, all different integers between 1 and n."""
    term, n, *some = map(sympify, (term, count, *chosen))
    keep_bound(index, n, *some)
    if not some or any(at.is_integer is not True for at in some):
        raise KernelError(f"part_of_sum: the chosen indices must be integers, one or more, found {some}")
    nonnegative = ForAll(index, And(index >= 1, index <= n), term >= 0)
    in_range = tuple(c for at in some for c in (at >= 1, at <= n))
    different = tuple(Ne(a, b) for a, b in combinations(some, 2))
    part = Add(*(substitute(term, {index: at}) for at in some))
    return (nonnegative, *in_range, *different), Sum(term, (index, 1, n)) >= part


@fact(
    "AM-GM: the mean of n numbers is at least the n-th root of their product",
    "Hardy, Littlewood, Polya, Inequalities, 2.5",
)
def am_gm(term: Any, index: Symbol, count: Any) -> Instance:
    """Sum(term, (index, 1, n)) >= n Product(term, (index, 1, n))**(1/n), for terms >= 0 and n >= 1."""
    term, n = sympify(term), sympify(count)
    keep_bound(index, n)
    nonnegative = ForAll(index, And(index >= 1, index <= n), term >= 0)
    mean = Sum(term, (index, 1, n)) >= n * Product(term, (index, 1, n)) ** (1 / n)
    return (n >= 1, nonnegative), mean


@fact(
    "the power function is convex: its graph lies above its tangents",
    "Hardy, Littlewood, Polya, Inequalities, 2.15 (Bernoulli)",
)
def power_tangent(x: Any, y: Any, exponent: Any) -> Instance:
    """x**n - y**n >= n y**(n-1) (x - y), for x, y > 0 and n >= 1."""
    x, y, n = map(sympify, (x, y, exponent))
    return (Gt(x, 0), Gt(y, 0), Ge(n, 1)), Ge(x**n - y**n, n * y ** (n - 1) * (x - y))


@fact(
    "the power function with a positive exponent increases strictly",
    "Rudin, Principles of Mathematical Analysis, exercise 1.6",
)
def power_increases(x: Any, y: Any, exponent: Any) -> Instance:
    """x**q < y**q for 0 < x < y and q > 0."""
    x, y, q = map(sympify, (x, y, exponent))
    return (Gt(x, 0), Lt(x, y), Gt(q, 0)), Lt(x**q, y**q)


@fact("the power function with an exponent >= 0 does not decrease", "Rudin, Principles of Mathematical Analysis, exercise 1.6")
def power_monotone(x: Any, y: Any, exponent: Any) -> Instance:
    """x**q <= y**q for 0 < x <= y and q >= 0."""
    x, y, q = map(sympify, (x, y, exponent))
    return (Gt(x, 0), Le(x, y), Ge(q, 0)), Le(x**q, y**q)


@fact("a power with an exponent in [0, 1] is concave: its graph lies below its tangents", "Hardy, Littlewood, Polya, Inequalities, 2.15")
def power_concave(x: Any, y: Any, exponent: Any) -> Instance:
    """x**q <= y**q + q y**(q-1) (x - y), for x, y > 0 and 0 <= q <= 1."""
    x, y, q = map(sympify, (x, y, exponent))
    return (Gt(x, 0), Gt(y, 0), Ge(q, 0), Le(q, 1)), Le(x**q, y**q + q * y ** (q - 1) * (x - y))


@fact("powers compose: (x**a)**b = x**(a b) for x > 0", "Rudin, Principles of Mathematical Analysis, exercise 1.6")
def power_of_power(x: Any, a: Any, b: Any) -> Instance:
    """For x > 0 and real exponents."""
    x, a, b = map(sympify, (x, a, b))
    return (Gt(x, 0),), Eq((x**a) ** b, x ** (a * b), evaluate=False)


# Linear algebra


@fact(
    "Rayleigh: a symmetric operator's largest eigenvalue is at least <x, A x>/<x, x>",
    "Horn, Johnson, Matrix Analysis, 4.2.2",
)
def rayleigh(largest_eigenvalue: Any, form: Any, squared_length: Any) -> Instance:
    """Lambda |x|^2 >= <x, A x>, where the caller's terms are these three numbers for one x."""
    lam, q, n = map(sympify, (largest_eigenvalue, form, squared_length))
    return (RayleighTriple(lam, q, n),), Ge(lam * n, q)


class RayleighTriple(Predicate):
    """`RayleighTriple(lam, q, n)`: lam is the largest eigenvalue of a symmetric A, q = <x, A x>, n = <x, x>, for one x."""


class NearestSemidefinite(Predicate):
    """`NearestSemidefinite(X, R)`: X is the positive semidefinite matrix nearest to the symmetric R in the Frobenius norm."""

    def decide(self) -> bool | None:
        """For rational matrices: X and X - R are positive semidefinite, and their product is 0 (the projection onto a self-dual cone)."""
        near, target = self.args
        if not all(isinstance(a, ImmutableMatrix) and all(isinstance(e, Rational) for e in a) for a in (near, target)):
            return None
        if not target.is_symmetric():
            return None
        gap = near - target
        semidefinite = near.is_symmetric() and near.is_positive_semidefinite and gap.is_positive_semidefinite
        return bool(semidefinite and (near * gap).is_zero_matrix)


@fact(
    "the nearest positive semidefinite matrix keeps the eigenvectors, and replaces negative eigenvalues by 0",
    "Higham, Linear Algebra and its Applications 103, 1988, theorem 2.1",
)
def nearest_semidefinite(near: Any, target: Any, eigenvalue: Any, vector: Any) -> Instance:
    """X v = max(lam, 0) v where R v = lam v, for the matrix X nearest to R."""
    return (NearestSemidefinite(near, target), Eq(target * vector, eigenvalue * vector)), Eq(near * vector, Max(eigenvalue, 0) * vector)


# Minima and stability


class LocalMinimum(Predicate):
    """`LocalMinimum(f, x)`: x is a local minimum of the twice differentiable f."""


class LyapunovStable(Predicate):
    """`LyapunovStable(g, x)`: x is a fixed point of the map g, stable in the sense of Lyapunov."""


class ConvergesWithPositiveProbability(Predicate):
    """`ConvergesWithPositiveProbability(f, step, x)`: GD from an absolutely continuous random start reaches the set x in the limit."""


def _slope(f: Any, t: Symbol, point: Any, order: int = 1) -> Expr:
    """The derivative of a polynomial in t at a point; its coefficients are free of t, or the map u -> t u would have the slope 2 t.

    Where f is no polynomial, SymPy's derivative is not taken on trust here: that of |t| at 0 comes out as 0.
    """
    keep_bound(t, f)
    if not f(t).is_polynomial(t):
        raise KernelError(f"{f} is no polynomial in {t}; this fact is stated for polynomials")
    return substitute(f(t).diff(t, order), {t: sympify(point)})


@fact("a fixed point with |g'| > 1 is unstable", "Elaydi, Discrete Chaos, 2nd ed., 2007, theorem 1.13 (indirect method)")
def unstable_multiplier(g: Any, t: Symbol, point: Any) -> Instance:
    """In one dimension, for a polynomial map."""
    c = sympify(point)
    given = (Eq(g(c), c), Gt(Abs(_slope(g, t, c)), 1))
    return given, Not(LyapunovStable(g, c))


@fact("a fixed point with |g'| < 1 is stable", "Elaydi, Discrete Chaos, 2nd ed., 2007, theorem 1.13 (indirect method)")
def stable_multiplier(g: Any, t: Symbol, point: Any) -> Instance:
    """In one dimension, for a polynomial map."""
    c = sympify(point)
    given = (Eq(g(c), c), Lt(Abs(_slope(g, t, c)), 1))
    return given, LyapunovStable(g, c)


@fact(
    "a fixed point with g' = -1 and 2 g''' + 3 g''^2 > 0 is asymptotically stable",
    "Elaydi, Discrete Chaos, 2nd ed., 2007, theorem 1.16",
)
def stable_flip(g: Any, t: Symbol, point: Any) -> Instance:
    """In one dimension, for a polynomial map."""
    c = sympify(point)
    first, second, third = (_slope(g, t, c, order) for order in (1, 2, 3))
    given = (Eq(g(c), c), Eq(first, -1), Gt(2 * third + 3 * second**2, 0))
    return given, LyapunovStable(g, c)


# Local minima of a polynomial on the line


@fact("Fermat: the derivative vanishes at a local minimum", "Rudin, Principles of Mathematical Analysis, theorem 5.8")
def fermat(f: Any, t: Symbol, point: Any) -> Instance:
    """For a polynomial f on the real line, given as a Lambda."""
    return (LocalMinimum(f, sympify(point)),), Eq(_slope(f, t, point), 0)


@fact(
    "at a local minimum the second derivative is not negative",
    "Spivak, Calculus, 3rd ed., chapter 11, theorem 6",
)
def second_order_necessary(f: Any, t: Symbol, point: Any) -> Instance:
    """For a polynomial f on the real line, given as a Lambda."""
    return (LocalMinimum(f, sympify(point)),), Ge(_slope(f, t, point, 2), 0)


@fact(
    "a critical point with a positive second derivative is a local minimum",
    "Spivak, Calculus, 3rd ed., chapter 11, theorem 5",
)
def second_order_sufficient(f: Any, t: Symbol, point: Any) -> Instance:
    """For a polynomial f on the real line, given as a Lambda."""
    c = sympify(point)
    return (Eq(_slope(f, t, c), 0), Gt(_slope(f, t, c, 2), 0)), LocalMinimum(f, c)


__all__ = [
    "FACTS",
    "Boolean",
    "ConvergesWithPositiveProbability",
    "Fact",
    "Implies",
    "Le",
    "LocalMinimum",
    "LyapunovStable",
    "Ne",
    "NearestSemidefinite",
    "RayleighTriple",
    "cite",
    "fact",
]
