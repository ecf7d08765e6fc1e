"""The largest gradient and the largest Hessian of a loss of several logits: of sums over the logits, of quadratics, of softmax losses.

The gradient is measured by its Euclidean norm, the Hessian by its spectral norm, which are the Lipschitz constants of the loss and of its
gradient. For the softmax family, s a - q with the softmax values a_i = c_i e^(r z_i)/sum_j c_j e^(r z_j) is the gradient:

    |s a - q| is strictly convex in a, and a runs through the open simplex: the supremum is at a corner, and not attained.
    The Hessian is s r (diag a - a a^T). The sum of the sizes in row i is |s r| 2 a_i (1 - a_i) <= |s r|/2 (Gershgorin), and two logits
    that share all of the weight reach it: exactly with two classes, only in the limit with more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flint import arb
from sympy import (
    Abs,
    Add,
    Expr,
    Matrix,
    Poly,
    Pow,
    Rational,
    S,
    Symbol,
    cancel,
    diff,
    exp,
    expand,
    factor_terms,
    fraction,
    log,
    oo,
    preorder_traversal,
    sqrt,
    symbols,
)

from theory.lipschitz.loss_pieces import BENT, common_part
from theory.lipschitz.loss_suprema import Candidate, Found, Place, largest, suprema
from theory.lipschitz.symbols import n, t
from theory.proof import NotProved, ball, sign

Labels = tuple[Expr, ...]


def vector_suprema(loss: Expr, logits: Sequence[Symbol], labels: Labels) -> tuple[Found, Found]:
    """The suprema of |grad l| and |Hess l| for one value of each label."""
    if (rows := _separated(loss, logits)) is not None:
        return _of_a_sum([suprema(row, z, labels) for row, z in zip(rows, logits, strict=True)], labels)
    if loss.is_polynomial(*logits) and Poly(loss, *logits).total_degree() == 2:
        return _of_a_quadratic(loss, logits, labels)
    if (family := softmax_of(loss, logits)) is not None:
        return _of_softmax(family, labels)
    raise NotProved(f"sup |grad| of {loss} in {list(logits)}: it is no sum over the logits, no quadratic, and no softmax loss")


# Sums over the logits


def _separated(loss: Expr, logits: Sequence[Symbol]) -> list[Expr] | None:
    """Terms of one logit each, if the loss is their sum."""
    factor, rest = factor_terms(loss).as_independent(*logits, as_Add=False)
    rows = [S.Zero] * len(logits)
    for term in Add.make_args(expand(rest)):
        used = [i for i, z in enumerate(logits) if term.has(z)]
        if len(used) > 1:
            return None
        if used:
            rows[used[0]] += factor * term
    return rows


def _of_a_sum(found: list[tuple[Found, Found]], labels: Labels) -> tuple[Found, Found]:
    """|grad|^2 is the sum of the squares, and each logit is free; the Hessian is diagonal."""
    firsts, seconds = [f for f, _ in found], [s for _, s in found]
    logits = tuple(f.best[0].place.logit for f in firsts)
    attained = all(f.best[0].place.attained for f in firsts)
    squares = [None if (exact := f.best[0].exact) is None else exact**2 for f in firsts]
    total = oo if oo in squares else None if None in squares else sqrt(Add(*squares))
    slope = Candidate(total, _norm_of([f.best[0] for f in firsts]), Place(labels, logits, attained and total is not oo))
    best = largest([_placed(c, i, len(found)) for i, s in enumerate(seconds) for c in s.best])
    lines = [f"in the logit {i + 1}: {line}" for i, f in enumerate(firsts) for line in f.lines]
    more = [f"in the logit {i + 1}: {line}" for i, s in enumerate(seconds) for line in s.lines]
    missing = [
        tuple(Place(labels, _unit(i, len(found), p.logit), False) for i, f in enumerate(part) for p in f.missing)
        for part in (firsts, seconds)
    ]
    jumps = [s.elsewhere or s.best[0] for s in seconds]
    elsewhere = largest([_placed(c, i, len(found)) for i, c in enumerate(jumps)])[0] if any(s.elsewhere for s in seconds) else None
    one = Found((slope,), missing[0], None, (*lines, "|grad|^2 is the sum of the squares, and each logit moves freely"))
    return one, Found(best, missing[1], elsewhere, (*more, "the Hessian is diagonal: its norm is the largest entry in size"))


def _norm_of(candidates: list[Candidate]) -> Callable[[int], arb]:
    return lambda bits: sum((c.enclosed(bits) ** 2 for c in candidates), arb(0)).sqrt()


def _placed(candidate: Candidate, index: int, count: int) -> Candidate:
    place = candidate.place
    return Candidate(candidate.exact, candidate.enclosed, Place(place.labels, _unit(index, count, place.logit), place.attained))


def _unit(index: int, count: int, value: Expr) -> tuple[Expr, ...]:
    return tuple(value if i == index else S.Zero for i in range(count))


# Quadratics


def _of_a_quadratic(loss: Expr, logits: Sequence[Symbol], labels: Labels) -> tuple[Found, Found]:
    """The Hessian is constant, and the gradient grows along a column that is not 0."""
    H = Matrix([[diff(loss, a, b) for b in logits] for a in logits])
    if any(not entry.is_Rational for entry in H):
        raise NotProved(f"sup |Hess| of {loss}: its entries are not rational, which is not handled")
    values = [Abs(root) for root in dict.fromkeys(Poly(H.charpoly().all_coeffs(), t).real_roots())]
    most = values[0]
    for value in values[1:]:
        most = value if sign(value - most) > 0 else most
    grows = next(j for j in range(len(logits)) if any(H[:, j]))
    far = _unit(grows, len(logits), n)
    one = Candidate(oo, lambda bits: arb("inf"), Place(labels, far, False))
    two = Candidate(most, lambda bits: ball(most, bits), Place(labels, (S.Zero,) * len(logits), True))
    return (
        Found((one,), (), None, ("a quadratic: the gradient grows without bound",)),
        Found((two,), (), None, (f"the Hessian is constant, its eigenvalues have the sizes {values}",)),
    )


# Softmax


@dataclass(frozen=True)
class Softmax:
    """A loss with the gradient s a - q, where a_i is c_i e^(r z_i) over the sum of all."""

    scale: Expr
    rate: Rational
    weights: tuple[Expr, ...]
    shift: tuple[Expr, ...]


def softmax_of(loss: Expr, logits: Sequence[Symbol]) -> Softmax | None:
    """Its scale, rate, weights and shift if it is of the softmax family, by exact cancellation; else None."""
    factor, rest = factor_terms(loss).as_independent(*logits, as_Add=False)
    if len(logits) < 2 or rest.has(*BENT):
        return None
    units = symbols(f"u_1:{len(logits) + 1}", positive=True)
    gradients = [diff(rest, z) for z in logits]
    rates = [expand(e.args[0]).coeff(z, 1) for g in gradients for e in preorder_traversal(g) if isinstance(e, exp) for z in logits]
    if any(not r.is_Rational for r in rates) or not any(rates):
        return None
    for rate in (common_part(rates), -common_part(rates)):
        rows = [_in_units(g, dict(zip(logits, units, strict=True)), rate) for g in gradients]
        if None not in rows and (found := _solved([cancel(r) for r in rows if r is not None], units)) is not None:
            scale, weights, shift = found
            return Softmax(factor * scale, rate, weights, tuple(factor * q for q in shift))
    return None


def _in_units(e: Expr, units: dict[Symbol, Expr], rate: Rational) -> Expr | None:
    """The expression in u_j = e^(r z_j), or None where it is no rational function of these."""
    if isinstance(e, exp):
        inner = expand(e.args[0])
        powers = {u: inner.coeff(z, 1) / rate for z, u in units.items()}
        rest = expand(inner - sum((rate * p * z for (z, _), p in zip(units.items(), powers.values(), strict=True)), S.Zero))
        if rest != 0 or any(not p.is_Integer for p in powers.values()):
            return None
        product = S.One
        for u, p in powers.items():
            product *= u**p
        return product
    if e.is_Rational:
        return e
    if e.is_Add or e.is_Mul or (isinstance(e, Pow) and e.exp.is_Integer):
        parts = [_in_units(a, units, rate) for a in e.args]
        return None if None in parts else e.func(*parts)
    return None


def _solved(rows: list[Expr], units: Sequence[Expr]) -> tuple[Expr, tuple[Expr, ...], tuple[Expr, ...]] | None:
    """(s, c, q) with the i-th row s c_i u_i/D - q_i and D = sum_j c_j u_j."""
    D = fraction(rows[0])[1]
    weights = [D.coeff(u, 1) if D.is_polynomial(*units) else S.Zero for u in units]
    if any(not w.is_Rational or w == 0 for w in weights) or expand(D - sum(w * u for w, u in zip(weights, units, strict=True))) != 0:
        return None
    if len({sign(w) for w in weights}) > 1:
        return None
    shifts, scales = [], []
    for i, row in enumerate(rows):
        top = expand(cancel(row * D))
        entries = [top.coeff(u, 1) / w for u, w in zip(units, weights, strict=True)]
        if any(not e.is_Rational for e in entries):
            return None
        others = {e for j, e in enumerate(entries) if j != i}
        if len(others) > 1 or expand(top - sum(e * w * u for e, w, u in zip(entries, weights, units, strict=True))) != 0:
            return None
        (other,) = others
        shifts.append(-other)
        scales.append(entries[i] - other)
    return (scales[0], tuple(w / weights[0] for w in weights), tuple(shifts)) if len(set(scales)) == 1 else None


def _of_softmax(family: Softmax, labels: Labels) -> tuple[Found, Found]:
    s, q, k = family.scale, family.shift, len(family.shift)
    far = n if family.rate > 0 else -n
    corners = []
    for j in range(k):
        value = sqrt(Add(*((s - value if i == j else value) ** 2 for i, value in enumerate(q))))
        corners.append(Candidate(value, _ball_of(value), Place(labels, _unit(j, k, far), False)))
    slopes = largest(corners)
    most = Abs(s * family.rate) / 2
    level = tuple(-log(c) / family.rate for c in family.weights)
    place = level if k == 2 else (*(far + level[i] for i in range(2)), *level[2:])
    curved = Candidate(most, _ball_of(most), Place(labels, place, k == 2))
    lines = (
        f"the gradient is s a - q with s = {s}, q = {q}, and a in the open simplex",
        f"|s a - q| is strictly convex in a: it stays below its value at the best corner, {slopes[0].exact}, and tends to it",
    )
    near = "it is 1/2 at a = (1/2, 1/2)" if k == 2 else "it comes near 1/2 only where a tends to (1/2, 1/2, 0, ...)"
    more = (
        f"the Hessian is {s * family.rate} (diag a - a a^T): its norm is at most {2 * most} times the largest 2 a_i (1 - a_i) (Gershgorin)",
        f"2 a_i (1 - a_i) is at most 1/2, and {near}",
    )
    return Found(slopes, (), None, lines), Found((curved,), (), None, more)


def _ball_of(value: Expr) -> Callable[[int], arb]:
    return lambda bits: ball(value, bits)


__all__ = ["Softmax", "softmax_of", "vector_suprema"]
