"""How steep a loss is in its logits, and how fast its slope changes: sup |l'| and sup |l''|, exactly, from the loss itself. (section 5).

The paper looks for the largest slope of a cross-entropy where the second derivative is 0, and finds none of them: the slope of each is
monotone. Here the loss is cut where it has kinks, all zeros of the next derivative are isolated, the limits at infinity are taken, and
every candidate is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sympy import Expr, I, Symbol, nan, oo, zoo
from sympy import Float as SympyFloat

from theory.lipschitz.enclosures import LipschitzConstant, enclosing_floats
from theory.lipschitz.loss_pieces import BENT
from theory.lipschitz.loss_suprema import Candidate, Found, Place, are_mirror_images, largest, mirrored, suprema
from theory.lipschitz.loss_theorems import theorem_of
from theory.lipschitz.loss_vectors import softmax_of, vector_suprema
from theory.lipschitz.softmax_theorems import softmax_theorem
from theory.lipschitz.symbols import n
from theory.proof import Theorem
from theory.values import exact_number, shown

THEOREM, CERTIFIED = "a theorem of the kernel", "a certified computation: see the argument"


@dataclass(frozen=True)
class Supremum(LipschitzConstant):
    """The supremum of the size of a derivative over all logits and labels; a Lipschitz constant, infinite where there is none.

    Attributes:
        low, high: floats with low <= sup <= high; infinite where the size has no bound.
        exact: the supremum (oo where there is no bound), or None where it has no closed form.
        attained: whether some logit gives it.
        how: whether a theorem of the kernel says so, or a certified computation.
        places: where it is attained, or the sequences along which it is approached.
        missing: where there is no such derivative: the one-sided limits count instead.
        elsewhere: where the derivative below jumps, so that the supremum is infinite: the supremum over all other logits.
        theorem: the theorem, or None.
        argument: the certified computation, line by line, for each value of the label.
    """

    places: tuple[Place, ...]
    missing: tuple[Place, ...]
    elsewhere: LipschitzConstant | None
    theorem: Theorem | None
    argument: tuple[str, ...]


@dataclass(frozen=True)
class LossConstants:
    """The Lipschitz constants of a loss and of its slope, in its logits.

    Attributes:
        labels: the symbols of the labels, in the order in which `Place.labels` gives their values.
        slope: of one logit sup |l'|; of several, the supremum of the Euclidean norm of the gradient.
        curvature: of one logit sup |l''|; of several, the supremum of the spectral norm of the Hessian.
    """

    labels: tuple[Symbol, ...]
    slope: Supremum
    curvature: Supremum


def loss_constants(loss: Expr, logit: Symbol | Sequence[Symbol], labels: Mapping[Symbol, Sequence[Any]] | None = None) -> LossConstants:
    """The suprema of |l'(z)| and of |l''(z)| over all real logits z and all values of the labels.

    Of several logits: sup |grad l| in the Euclidean norm and sup |Hess l| in the spectral norm. These are the least Lipschitz constants of
    the loss and of its slope. Where the loss has a kink, its one-sided slopes count, and its slope has no Lipschitz constant.

    Losses of one logit may use rational functions of z and of e^(c z), logarithms of these, |z|, max, min, cases, sign and hyperbolic
    functions, with rational constants; losses of several logits may be sums of such losses, quadratics, and cross-entropies of softmax with
    any number of classes and any target distribution.

    Args:
        loss: l, a real SymPy expression of the logit and the labels, without floats.
        logit: a symbol, or several.
        labels: for each label symbol of the loss, its values: exact numbers. Left out if the loss has none.

    Returns:
        Both suprema, each with where it is attained or approached, and with its theorem or its certified computation.

    Raises:
        TypeError: the loss is no SymPy expression, or has floats; the logit is no real symbol; a label is no exact number.
        ValueError: the loss has no logit, is NaN, infinite or complex; a label without values, or that the loss does not have.
        NotProved: what could not be decided, in words.

    Source:
        Yedida & Saha (2021), sections 5.1 and 5.2, which print half of the slope of the logistic loss, and (k - 1)/k of that of softmax.

    Example:
        >>> from sympy import exp, log, symbols
        >>> y, z = symbols("y z", real=True)
        >>> found = loss_constants(log(1 + exp(z)) - y * z, z, {y: [0, 1]})
        >>> found.slope.exact, found.slope.attained, found.curvature.exact, found.curvature.attained
        (1, False, 1/4, True)
        >>> a, b, c = symbols("z_1:4", real=True)
        >>> found = loss_constants(log(exp(a) + exp(b) + exp(c)) - a, [a, b, c])
        >>> found.slope.exact, found.slope.attained, found.curvature.exact, found.curvature.attained
        (sqrt(2), False, 1/2, False)
    """
    logits = _logits(logit)
    given = _labels(labels)
    _check(loss, logits, given)
    unnamed = {z: Symbol(z.name, real=True) for z in logits}
    loss, logits = loss.subs(unnamed, simultaneous=True), [unnamed[z] for z in logits]
    cases = [tuple(values) for values in product(*given.values())]
    losses = [_at(loss, dict(zip(given, values, strict=True)), logits) for values in cases]
    found = (
        _scalar(losses, cases, logits[0])
        if len(logits) == 1
        else [vector_suprema(f, logits, c) for f, c in zip(losses, cases, strict=True)]
    )
    slope, curvature = (_joined([f[part] for f in found], cases, losses, logits, part + 1) for part in (0, 1))
    return LossConstants(tuple(given), slope, curvature)


def _scalar(losses: list[Expr], cases: list[tuple[Expr, ...]], z: Symbol) -> list[tuple[Found, Found]]:
    """Both derivatives for each value of the label; a mirror image is not computed again."""
    found: list[tuple[Found, Found]] = []
    for number, loss in enumerate(losses):
        twin = next((k for k in range(number) if not loss.has(*BENT) and are_mirror_images(loss, losses[k], z)), None)
        if twin is None:
            found.append(suprema(loss, z, cases[number]))
        else:
            one, two = found[twin]
            found.append((mirrored(one, cases[number]), mirrored(two, cases[number])))
    return found


def _joined(found: list[Found], cases: list[tuple[Expr, ...]], losses: list[Expr], logits: list[Symbol], order: int) -> Supremum:
    """The largest over the values of the label."""
    best = largest([candidate for f in found for candidate in f.best])
    first = next((c for c in best if c.exact is not None), best[0])
    low, high = _floats(first.exact, first)
    theorem = _theorem(first, cases, losses, logits, order)
    others = [f.elsewhere for f in found if f.elsewhere is not None]
    rest = None
    if others:
        most = largest([*others, *(c for f in found if f.elsewhere is None for c in f.best)])[0]
        rest = LipschitzConstant(*_floats(most.exact, most), most.exact, most.place.attained, CERTIFIED)
    lines = tuple(f"{_named(case)}{line}" for case, f in zip(cases, found, strict=True) for line in f.lines)
    missing = tuple(place for f in found for place in f.missing)
    places = tuple(c.place for c in best)
    how = CERTIFIED if theorem is None else THEOREM
    return Supremum(low, high, first.exact, first.place.attained, how, places, missing, rest, theorem, lines)


def _theorem(best: Candidate, cases: list[tuple[Expr, ...]], losses: list[Expr], logits: list[Symbol], order: int) -> Theorem | None:
    if best.exact is None:
        return None
    number, where = cases.index(best.place.labels), best.place.logit
    if not isinstance(where, tuple):
        return theorem_of(losses, logits[0], order, best.exact, number, where, best.place.attained)
    families = [found for f in losses if (found := softmax_of(f, logits)) is not None]
    if len(families) < len(losses) or best.exact is oo:
        return None
    corner = next((j for j, value in enumerate(where) if value.has(n)), 0)
    return softmax_theorem(losses, families, logits, order, best.exact, number, corner)


def _floats(exact: Expr | None, candidate: Candidate) -> tuple[float, float]:
    return (float("inf"), float("inf")) if exact is oo else enclosing_floats(candidate.enclosed(128))


def _named(case: tuple[Expr, ...]) -> str:
    return f"label {', '.join(map(str, case))}: " if case else ""


# What a user hands in


def _logits(logit: Any) -> list[Symbol]:
    found = list(logit) if isinstance(logit, list | tuple) else [logit]
    for z in found:
        if not isinstance(z, Symbol) or z.is_commutative is False:
            raise TypeError(f"the logit is {shown(logit)}: expected a SymPy symbol, or a list of them")
        if z.is_real is False or z.is_integer or z.is_nonnegative or z.is_nonpositive or z.is_nonzero:
            raise ValueError(f"the logit {z} is no symbol for every real number: expected Symbol('{z}', real=True)")
    if not found or len(set(found)) < len(found):
        raise ValueError(f"the logit is {shown(logit)}: expected one or more different symbols")
    return found


def _labels(labels: Any) -> dict[Symbol, list[Expr]]:
    if labels is None:
        return {}
    if not isinstance(labels, Mapping):
        raise TypeError(f"labels is {shown(labels)}: expected the values by the symbol, e.g. {{y: [0, 1]}}")
    found: dict[Symbol, list[Expr]] = {}
    for symbol, values in labels.items():
        if not isinstance(symbol, Symbol) or not isinstance(values, Sequence) or isinstance(values, str):
            raise TypeError(f"labels holds {shown(symbol)}: {shown(values)}: expected a list of values by a symbol")
        if not values:
            raise ValueError(f"labels gives no value for {symbol}: expected one or more")
        exact = [exact_number(value, f"labels[{symbol}][{i}]") for i, value in enumerate(values)]
        found[symbol] = list(dict.fromkeys(exact))
    return found


def _check(loss: Any, logits: list[Symbol], labels: Mapping[Symbol, Any]) -> None:
    if not isinstance(loss, Expr) or loss.is_commutative is False:
        raise TypeError(f"the loss is {shown(loss)}: expected a SymPy expression")
    if loss.has(nan, zoo, oo, -oo):
        raise ValueError(f"the loss is {shown(loss)}: expected a finite expression")
    if loss.has(I) or loss.is_real is False:
        raise ValueError(f"the loss is {shown(loss)}: expected a real expression")
    if loss.has(SympyFloat):
        raise TypeError(f"the loss {shown(loss)} has floats: expected exact numbers, e.g. Rational(1, 10)")
    for z in logits:
        if z not in loss.free_symbols:
            raise ValueError(f"the loss {shown(loss)} does not contain the logit {z}")
        if z.name in {symbol.name for symbol in labels}:
            raise ValueError(f"{z} is a logit and a label: expected different names")
    for symbol in sorted(loss.free_symbols - set(logits) - set(labels), key=str):
        raise ValueError(f"the loss {shown(loss)} contains {symbol}, which is neither a logit nor a label: give its values in labels")
    for symbol in labels:
        if symbol not in loss.free_symbols:
            raise ValueError(f"the loss {shown(loss)} does not contain the label {symbol}")


def _at(loss: Expr, values: Mapping[Symbol, Expr], logits: list[Symbol]) -> Expr:
    found = loss.subs(values)
    if found.has(nan, zoo, oo, -oo, I):
        raise ValueError(f"the loss at {dict(values)} is {shown(found)}: expected a finite real expression")
    return found


__all__ = ["LossConstants", "Supremum", "loss_constants"]
