"""GD from the identity on a symmetric target: the matrix run is one orbit of numbers for every eigenvalue. (Nar & Sastry, theorem 2).

If R v = lam v with R symmetric and W(j, 0) = s for all j, then W(j, k) v = w(k) v in every layer j and after every step k, with
w(0) = s and w(k+1) = w(k) - delta w(k)^(L-1) (w(k)^L - lam). The eigenvectors of R span the space, so this is the whole run.
"""

from functools import cache
from typing import Any

from sympy import Eq, Expr, ImmutableMatrix, Lambda, Matrix, Symbol
from sympy.functions.elementary.complexes import transpose

from theory.proof import (
    And,
    Column,
    ForAll,
    Predicate,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    conjunction,
    cut,
    equal_words,
    follows,
    generalize,
    recursion,
    specialize,
    substitute,
    transposed,
)
from theory.proof.logic import Boolean
from theory.proof.systems import eigenvalue_range
from theory.step_bounds.layers import LAYERS, for_every_layer
from theory.step_bounds.symbols import K, L, P, Q, R, W, delta, i, j, k, lam, s, t, v, w

STEP = Lambda(t, t - delta * t ** (L - 1) * (t**L - lam))  # GD on the eigenvalue that all layers share
RUNNING = And(k >= 0, k <= K - 1)
ORBIT = (recursion(w, STEP), Eq(w(0), s))


class EigenvalueRange(Predicate):
    """`EigenvalueRange(R, low, high)`: the smallest and the largest eigenvalue of the symmetric matrix R are low and high."""

    def meaning(self, value: Expr, vector: Column) -> tuple[tuple[Any, ...], Any, str]:
        """An eigenvalue lies between the smallest and the largest one."""
        matrix, low, high = self.args
        eigenpair = (Eq(matrix * vector, value * vector), Eq(transpose(vector) * vector, 1))
        return eigenpair, And(low <= value, value <= high), "an eigenvalue lies between the smallest and the largest one"

    def decide(self) -> bool | None:
        """For an explicit matrix, exactly."""
        matrix, low, high = self.args
        return eigenvalue_range(Matrix(matrix), low, high) if isinstance(matrix, ImmutableMatrix) else None


def throughout(claim: Boolean) -> Boolean:
    """The claim in every layer, at each of the first K steps."""
    return ForAll(k, RUNNING, ForAll(j, LAYERS, claim))


PREFIX = throughout(Eq(P(j, k), W(j, k) * P(j - 1, k)))  # P(j, k) = W(j, k) ... W(1, k)
SUFFIX = throughout(Eq(Q(j, k), Q(j + 1, k) * W(j, k)))  # Q(j, k) = W(L, k) ... W(j, k)
FIRST, LAST = ForAll(k, RUNNING, Eq(P(0, k), 1)), ForAll(k, RUNNING, Eq(Q(L + 1, k), 1))
DESCENT = throughout(Eq(W(j, k + 1), W(j, k) - delta * transpose(Q(j + 1, k)) * (P(L, k) - R) * transpose(P(j - 1, k))))  # (5)
START = ForAll(j, LAYERS, Eq(W(j, 0), s))
RUN = (L >= 1, PREFIX, FIRST, SUFFIX, LAST, DESCENT, START)
FROM_IDENTITY = tuple(substitute(h, {s: 1}) for h in RUN)
EIGENPAIR = (Eq(transpose(R), R), Eq(R * v, lam * v))


def _acts(letter: Expr, factor: Expr) -> tuple[Boolean, Boolean]:
    """The letter and its transpose multiply v by the factor."""
    return Eq(letter * v, factor * v), Eq(transpose(letter) * v, factor * v)


SCALES = ForAll(j, LAYERS, And(*_acts(W(j, k), w(k))))
EVERY_LAYER = ForAll(k, And(k >= 0, k <= K), ForAll(j, LAYERS, Eq(W(j, k) * v, w(k) * v)))
ESTIMATE = ForAll(k, RUNNING, Eq(P(L, k) * v, w(k) ** L * v))
SETTING = (*RUN, *EIGENPAIR, *ORBIT, SCALES)
diagonal = Statement((*RUN, *EIGENPAIR, *ORBIT), And(EVERY_LAYER, ESTIMATE))


def at_step(definition: Boolean, layer: Expr) -> Theorem:
    """A definition for all layers and steps, in one layer after k steps."""
    return specialize(specialize(assume(definition), k), layer)


def _layer_acts(layer: Expr) -> tuple[Theorem, Theorem]:
    """The induction hypothesis in one layer, and transposed."""
    both = specialize(assume(SCALES), layer)
    straight, flipped = (follows(part, using=(both,)) for part in _acts(W(layer, k), w(k)))
    return straight, flipped


def _powers(word: Lambda, edge: Boolean, growth: Theorem, layer: Expr) -> Theorem:
    """For all 0 <= i <= L: a product of i layers multiplies v by w(k)^i."""
    claim = Eq(word(i) * v, w(k) ** i * v)
    start = equal_words(word(0) * v, v, specialize(assume(edge), k))
    here = equal_words(word(i + 1) * v, w(k) ** (i + 1) * v, growth, assume(claim), *_layer_acts(layer), because="one layer more")
    return for_every_layer(start, here, claim, *RUNNING.args, L >= 1, index=i)


def _products_act() -> dict[str, Theorem]:
    """P(i, k), Q(L+1-i, k) and their transposes multiply v by w(k)^i, where every layer multiplies it by w(k)."""
    prefix, suffix = Lambda(i, P(i, k)), Lambda(i, Q(L + 1 - i, k))
    words = {"P": prefix, "P'": Lambda(i, transpose(P(i, k))), "Q": suffix, "Q'": Lambda(i, transpose(Q(L + 1 - i, k)))}
    grown = {"P": (FIRST, at_step(PREFIX, i + 1), i + 1), "Q": (LAST, at_step(SUFFIX, L - i), L - i)}
    return {name: _powers(word, *grown[name[0]]) for name, word in words.items()}


def of_layers(theorem: Theorem, count: Expr, *where: Boolean, index: Symbol = i) -> Theorem:
    """What holds for every product of 0 <= i <= L layers, said of `count` layers."""
    claim = substitute(theorem.then.args[2].args[1], {index: count})
    return follows(claim, *where, using=(specialize(theorem, count),), because="so many layers")


def _one_step() -> Theorem:
    """If every layer multiplies v by w(k), then every layer multiplies it by w(k + 1) after the step (5)."""
    product = _products_act()
    map_ = specialize(assume(ORBIT[0]), k)
    counts = (("P", L), ("P'", L), ("P", j - 1), ("P'", j - 1), ("Q", L - j), ("Q'", L - j))
    acts = [of_layers(product[name], count, *LAYERS.args) for name, count in counts]
    target = [assume(EIGENPAIR[1]), _transposed_target()]
    layer = _layer_acts(j)
    moved = [
        combine_words(word * v, w(k + 1) * v, (1, equation, v), (-1, map_, v), modulo=(*layer, *acts, *target), because="one step of (5)")
        for word, equation in ((W(j, k + 1), at_step(DESCENT, j)), (transpose(W(j, k + 1)), transposed(at_step(DESCENT, j))))
    ]
    both = follows(And(*_acts(W(j, k + 1), w(k + 1))), using=tuple(moved), because="together")
    return generalize(with_ranges(both, SETTING, *LAYERS.args), j, LAYERS)


def _transposed_target() -> Theorem:
    """R' v = lam v, since R' = R."""
    symmetric, eigenvector = map(assume, EIGENPAIR)
    return combine_words(transpose(R) * v, lam * v, (1, symmetric, v), (1, eigenvector, 1), because="R' = R")


def with_ranges(theorem: Theorem, setting: tuple[Boolean, ...], *ranges: Boolean) -> Theorem:
    """The side conditions on indices and exponents, from these ranges and 0 <= k < K; the setting stays."""
    kept = tuple(h for h in theorem.given if h in setting)
    return conclude(theorem, Statement((*kept, L >= 1, *ranges, *RUNNING.args), theorem.then))


@cache
def run_is_diagonal() -> Theorem:
    """W(j, k) v = w(k) v for all layers and steps; so the estimate P(L, k) has the eigenvalue w(k)^L.

    By (5), Q(j+1)' (P(L) - R) P(j-1)' v = w^(L-j) (w^L - lam) w^(j-1) v.
    """
    start = specialize(assume(START), j)
    acts = [
        combine_words(word * v, w(0) * v, (1, equation, v), (-1, assume(ORBIT[1]), v), because="W(j, 0) = s")
        for word, equation in ((W(j, 0), start), (transpose(W(j, 0)), transposed(start)))
    ]
    base = generalize(follows(And(*_acts(W(j, 0), w(0))), using=tuple(acts), because="together"), j, LAYERS)
    forever = specialize(for_every_layer(base, _one_step(), SCALES, index=k, last=K), k)
    scales = specialize(follows(SCALES, k <= K, using=(forever,), because="at every step up to K"), j)
    layers = generalize(follows(_acts(W(j, k), w(k))[0], using=(scales,)), j, LAYERS)
    estimate = of_layers(_products_act()["P"], L, L >= 1)
    estimate = cut(estimate, follows(SCALES, *RUNNING.args, using=(forever,), because="before the last step"))
    pieces = generalize(layers, k, And(k >= 0, k <= K)), generalize(with_ranges(estimate, SETTING), k, RUNNING)
    return conclude(conjunction(*pieces), diagonal)
