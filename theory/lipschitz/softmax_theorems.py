"""Theorems of the kernel for the gradient and the Hessian of softmax losses with a few classes, from two sums of positive terms.

With the softmax values a_i, the gradient s a - q, and M_j = |s e_j - q|^2 at the corner j, of which C^2 is the largest:

    C^2 - |s a - q|^2 = sum_j a_j (C^2 - M_j) + 2 s^2 sum_(i<j) a_i a_j                               > 0
    |v|^2/2 - v^T (diag a - a a^T) v = sum_i (1 - 2 a_i)^2 v_i^2/2 + sum_(i<j) a_i a_j (v_i + v_j)^2  >= 0
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations

from sympy import Add, Eq, Expr, Lambda, Ne, Rational, S, Symbol, exp, log

from theory.lipschitz.cross_entropy import exponentials
from theory.lipschitz.loss_theorems import SCALES, rate_at
from theory.lipschitz.loss_vectors import Softmax
from theory.lipschitz.symbols import activation_of, component, d, i, logit, p_1, p_2, t
from theory.proof import (
    And,
    KernelError,
    NotProved,
    Theorem,
    conjunction,
    cut,
    evaluate,
    exhibit,
    follows,
    identity,
    instance,
    substitute,
)
from theory.proof.logic import Boolean
from theory.proof.ranges import throughout

MOST_CLASSES = 3  # with more, the theorem takes longer than two seconds


def softmax_theorem(
    losses: Sequence[Expr], families: Sequence[Softmax], logits: Sequence[Symbol], order: int, most: Expr, number: int, corner: int
) -> Theorem | None:
    """The supremum of |grad l| (order 1) or |Hess l| (order 2) over the losses, one for each value of the label; or None.

    Args:
        losses: l, for each value of the label.
        families: their forms s a - q, likewise.
        logits: the logits in `losses`.
        order: 1 or 2.
        most: the supremum, exact.
        number: which of the losses approaches it.
        corner: of the first order, which logit grows on the way, counted from 0.
    """
    plain = all(f.rate == 1 and set(f.weights) == {1} and f.scale.is_Rational and f.scale > 0 for f in families)
    if not plain or len(logits) > MOST_CLASSES:
        return None
    k = len(logits)
    letters = {z: logit(j) for j, z in enumerate(logits, 1)}
    try:
        parts: list[Theorem] = []
        for loss, family in zip(losses, families, strict=True):
            f = substitute(loss, letters)
            slopes = [family.scale * _softmax(k, _power)[j] - family.shift[j] for j in range(k)]
            parts += [_moves(f, slopes[j], j + 1, k) for j in range(k)]
            if order == 1:
                parts.append(_at_exponentials(_gradient_below(family, most**2), k))
            else:
                scale = family.scale
                a = _softmax(k, _power)
                entries = [[scale * a[j] * ((1 if j == h else 0) - a[h]) for h in range(k)] for j in range(k)]
                parts += [_moves(slopes[j], entries[j][h], h + 1, k) for j in range(k) for h in range(k)]
                parts += [_at_exponentials(bound, k) for bound in (_form_positive(k, scale), _form_below(k, scale, most))]
        parts.append(_approached(families[number], order, most, corner))
        return conjunction(*parts)
    except (NotProved, KernelError):
        return None


def _power(j: int) -> Expr:
    return exp(logit(j))


def _letter(j: int) -> Expr:
    return activation_of(j)


def _softmax(k: int, e: Callable[[int], Expr]) -> list[Expr]:
    total = Add(*(e(j) for j in range(1, k + 1)))
    return [e(j) / total for j in range(1, k + 1)]


def _norm_squared(family: Softmax, a: Sequence[Expr]) -> Expr:
    return Add(*((family.scale * value - q) ** 2 for value, q in zip(a, family.shift, strict=True)))


def _form(a: Sequence[Expr], scale: Expr) -> Expr:
    """v^T H v."""
    v = [component(j) for j in range(1, len(a) + 1)]
    return scale * (Add(*(x * y**2 for x, y in zip(a, v, strict=True))) - Add(*(x * y for x, y in zip(a, v, strict=True))) ** 2)


def _length(k: int) -> Expr:
    return Add(*(component(j) ** 2 for j in range(1, k + 1)))


@cache
def _gradient_below(family: Softmax, square: Expr) -> Theorem:
    """|s a - q|^2 < C^2, for any positive numbers e_j in the place of e^(z_j)."""
    s, q, k = family.scale, family.shift, len(family.shift)
    a = _softmax(k, _letter)
    corners = [Add(*((s - value if h == j else value) ** 2 for h, value in enumerate(q))) for j in range(k)]
    terms = [x * (square - M) for x, M in zip(a, corners, strict=True) if M != square]
    terms += [2 * s**2 * x * y for x, y in combinations(a, 2)]
    return _ordered(_norm_squared(family, a), square, terms, k, strictly=True)


@cache
def _form_below(k: int, scale: Expr, most: Expr) -> Theorem:
    """v^T H v <= L |v|^2, where L is s/2 or more."""
    a, v = _softmax(k, _letter), [component(j) for j in range(1, k + 1)]
    terms = [scale * (1 - 2 * x) ** 2 * y**2 / 2 for x, y in zip(a, v, strict=True)]
    terms += [scale * a[g] * a[h] * (v[g] + v[h]) ** 2 for g, h in combinations(range(k), 2)]
    terms += [(most - scale / 2) * y**2 for y in v if most != scale / 2]
    return _ordered(_form(a, scale), most * _length(k), terms, k, strictly=False)


@cache
def _form_positive(k: int, scale: Expr) -> Theorem:
    """0 <= v^T H v."""
    a, v = _softmax(k, _letter), [component(j) for j in range(1, k + 1)]
    terms = [scale * a[g] * a[h] * (v[g] - v[h]) ** 2 for g, h in combinations(range(k), 2)]
    return _ordered(S.Zero, _form(a, scale), terms, k, strictly=False)


def _ordered(smaller: Expr, larger: Expr, terms: Sequence[Expr], k: int, strictly: bool) -> Theorem:
    """The smaller is below the larger: their difference is the sum of these terms, each of which is not negative (or positive)."""
    positive = [_letter(j) > 0 for j in range(1, k + 1)]

    def zero_below(e: Expr) -> Boolean:
        return e > 0 if strictly else e >= 0

    total = follows(Ne(Add(*(_letter(j) for j in range(1, k + 1))), 0), *positive)
    same = cut(identity(larger - smaller, Add(*terms), because="expanded"), total)
    both = follows(zero_below(p_1 + p_2), zero_below(p_1), zero_below(p_2))
    above, done = follows(zero_below(terms[0]), *positive), terms[0]
    for term in terms[1:]:
        above = cut(instance(both, {p_1: done, p_2: term}), above, follows(zero_below(term), *positive))
        done += term
    end = follows(p_1 < p_2 if strictly else p_1 <= p_2, Eq(p_2 - p_1, t), zero_below(t))
    return cut(instance(end, {p_1: smaller, p_2: larger, t: Add(*terms)}), same, above)


def _at_exponentials(theorem: Theorem, k: int) -> Theorem:
    """With e_j = e^(z_j) > 0."""
    there = instance(theorem, {activation_of: Lambda(i, exp(logit(i)))})
    known = [fact for j in range(1, k + 1) for fact in exponentials(-logit(j))]
    return cut(there, *(follows(positive, using=tuple(known), because="e^z > 0") for positive in there.given))


def _moves(function: Expr, value: Expr, j: int, k: int) -> Theorem:
    """The partial derivative in the j-th logit."""
    path, rate = (substitute(e, {logit(j): t}) for e in (function, value))
    others = [logit(h) for h in range(1, k + 1) if h != j]
    known = [fact for z in (t, *others) for fact in exponentials(-z)]
    return rate_at(path, rate, tuple(known), logit(j))


def _approached(family: Softmax, order: int, most: Expr, corner: int) -> Theorem:
    """At equal logits of two classes; or as close as one likes, where one logit grows, or two do."""
    k = len(family.shift)
    if order == 2 and k == 2:
        there = _form([Rational(1, 2)] * 2, family.scale).subs({component(1): 1, component(2): -1})
        return evaluate(Eq(there, 2 * most, evaluate=False))
    grows = (corner,) if order == 1 else (0, 1)
    path = _softmax(k, lambda j: exp(t) if j - 1 in grows else S.One)
    size = (
        _norm_squared(family, path)
        if order == 1
        else _form(path, family.scale).subs({component(j): [1, -1, 0, 0][j - 1] for j in range(1, k + 1)})
    )
    body = size > (1 - d) * (most**2 if order == 1 else 2 * most)
    for scale in (*SCALES, Rational(1, 64)):
        far = log(1 / (scale * d))
        try:
            found = follows(substitute(body, {t: far}), d > 0, d < 1)
        except NotProved:
            continue
        return throughout(exhibit(found, t, far, True, body), d, And(d > 0, d < 1))
    raise NotProved(f"no sequence was found along which {size} comes near {most}")


__all__ = ["softmax_theorem"]
