"""A loss written in names, so that the square of its gradient is a rational function: affine forms, roots and signs.

    sqrt((3 x + 4 y - 5)^2 + z^2)   is   R  with  R^2 = u^2 + z^2  and  u = 3 x + 4 y - 5

A rational function of names vanishes if its numerator does after every R^q is replaced by its radicand. Where the signs are constants, the
loss is a rational function of the other names: it falls into pieces, one for each choice of the signs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import product

from sympy import (
    Add,
    Eq,
    Expr,
    Integer,
    Matrix,
    Ne,
    Poly,
    Pow,
    Rational,
    S,
    Symbol,
    expand,
    fraction,
    sign,
    together,
)
from sympy.polys.polyerrors import PolynomialError

from theory.corridors.effort import size
from theory.corridors.names import Root, Writer
from theory.proof import NotProved, Theorem, assume, derivative, identity, instance, rewrite, substitute
from theory.proof.logic import Boolean, Undefined

MOST_WORK = 1_000_000  # products of two terms in one formula, counted before they are formed
MOST_TERMS = 8_000  # of all numerators in one identity, together


@dataclass(frozen=True)
class Tie:
    """The loss and the place where a sign or a root is of 0, under some conditions on the signs in it."""

    name: Symbol
    loss: Expr
    place: tuple[Expr, ...]
    conditions: tuple[Boolean, ...]


@dataclass(frozen=True)
class Written:
    """A loss in names.

    Attributes:
        variables: the d variables.
        value: the loss.
        forms: name -> affine form of the variables.
        roots: name -> root, inner ones first.
        signs: name -> of what it is the sign, in names, inner ones first.
        place: where the point with these variables is, in names; empty if they are its coordinates.
    """

    variables: tuple[Symbol, ...]
    value: Expr
    forms: Mapping[Symbol, Expr]
    roots: Mapping[Symbol, Root]
    signs: Mapping[Symbol, Expr]
    place: tuple[Expr, ...] = ()

    @cached_property
    def slopes(self) -> tuple[Expr, ...]:
        """The derivatives by the forms, with the roots as functions of these."""
        return tuple(together(self._total(self.value, form)) for form in self.forms)

    @cached_property
    def linear(self) -> Matrix:
        """The linear parts of the forms, row by row."""
        return Matrix(len(self.forms), len(self.variables), [form.diff(v) for form in self.forms.values() for v in self.variables])

    @cached_property
    def parts(self) -> tuple[Expr, ...]:
        """Terms with the sum |g|^2 = e' M e, for the slopes e by the forms A theta + b and M = A A'; no two depend on one form.

        In other coordinates u of the point p(u) it is M = (J' J)^-1, for the Jacobian J of p.
        """
        gram = self.metric.adjugate() / self.metric.det() if self.place else self.linear * self.linear.T
        parts: list[tuple[set[Symbol], Expr]] = []
        for (i, one), (k, other) in product(enumerate(self.slopes), repeat=2):
            term = gram[i, k] * one * other
            if term is S.Zero:
                continue
            forms, apart = self._below(term) & set(self.forms), []
            for known, part in parts:
                if known & forms:
                    forms, term = known | forms, part + term
                else:
                    apart.append((known, part))
            parts = [*apart, (forms, term)]
        return tuple(part for _, part in parts) or (S.Zero,)

    @cached_property
    def metric(self) -> Matrix:
        """J' J."""
        jacobian = Matrix([[together(self._total(p, form)) for form in self.forms] for p in self.place])
        return jacobian.T * jacobian

    @cached_property
    def square(self) -> Expr:
        """|g|^2."""
        return Add(*self.parts)

    @cached_property
    def bends(self) -> tuple[Expr, ...]:
        """Half the derivatives of |g|^2 by the forms; H g = A' of these."""
        return tuple(self._total(self.square, form) / 2 for form in self.forms)

    def in_variables(self, entries: tuple[Expr, ...]) -> tuple[Expr, ...]:
        """A' times the entries, written out."""
        back = self.meanings()
        column = Matrix(len(entries), 1, entries)
        return tuple(substitute(entry, back) for entry in self.linear.T * column)

    def meanings(self, point: Mapping[Symbol, Expr] | None = None) -> dict[Symbol, Expr]:
        """What the names stand for, in the variables or at a point."""
        found = {name: substitute(form, point or {}) for name, form in self.forms.items()}
        for name in self._inner_first():
            if name in self.roots:
                root = self.roots[name]
                found[name] = Pow(substitute(root.radicand, found), Rational(1, root.degree))
            else:
                found[name] = sign(substitute(self.signs[name], found))
        return found

    def smooth_where(self) -> tuple[Boolean, ...]:
        """Where the loss is twice differentiable, in the variables: no root at 0, no sign at its jump, no denominator 0."""
        back = self.meanings()
        roots = [substitute(root.radicand, back) > 0 for root in self.roots.values()]
        jumps = [Ne(substitute(jump, back), 0) for jump in self.signs.values()]
        of_names = [c for e in (self.value, *self.place, *self.slopes, self.square) for s in self._names(e) for c in derivative(e, s).given]
        implied = {Ne(name, 0) for name in (*self.roots, *self.signs)} | {name > 0 for name in self.roots}
        others = [substitute(c, back) for c in of_names if c not in implied]
        regular = [Ne(substitute(self.metric.det(), back), 0)] if self.place else []
        return tuple(c for c in dict.fromkeys((*jumps, *roots, *others, *regular)) if c is not S.true)

    def piece(self, choice: Mapping[Symbol, int]) -> Written:
        """The loss where the signs are these."""
        put = {name: Integer(value) for name, value in choice.items()}
        roots = {name: Root(substitute(r.radicand, put), r.degree) for name, r in self.roots.items()}
        one = replace(self, value=substitute(self.value, put), roots=roots, signs={})
        for name in ("slopes", "parts", "bends"):  # differentiated once for all pieces
            one.__dict__[name] = tuple(substitute(e, put) for e in getattr(self, name))
        return one

    @property
    def kinks(self) -> dict[Symbol, Expr]:
        """The signs and roots, inner ones first, with what they are of."""
        inside = {name: root.radicand for name, root in self.roots.items()} | dict(self.signs)
        return {name: inside[name] for name in self._inner_first()}

    def ties(self) -> Iterator[Tie]:
        """Where a sign or a root is of what is 0 all over a part of the domain, and what the loss is there.

        For instance max(|x|, x) is x for x > 0: there the sign of |x| - x is 0.
        """
        known: list[dict[Symbol, int]] = []
        for name, inside in self.kinks.items():
            below = [s for s in self.signs if s in self._below(inside)]
            for choice in product((1, -1), repeat=len(below)):
                put = dict(zip(below, choice, strict=True))
                if any(inner.items() <= put.items() for inner in known):
                    continue  # a sign further in is 0 there
                try:
                    self._put(put).equal(substitute(inside, put), S.Zero)
                except NotProved:
                    continue
                known.append(put)
                try:
                    yield self._tie(name, put)
                except Undefined:
                    continue  # a denominator is 0 there: so is no loss

    def _put(self, put: Mapping[Symbol, int]) -> Written:
        """With numbers for some names."""

        def there(e: Expr) -> Expr:
            return substitute(e, put)

        roots = {name: Root(there(root.radicand), root.degree) for name, root in self.roots.items() if name not in put}
        signs = {name: there(jump) for name, jump in self.signs.items() if name not in put}
        return Written(self.variables, there(self.value), self.forms, roots, signs, tuple(map(there, self.place)))

    def _tie(self, name: Symbol, put: Mapping[Symbol, int]) -> Tie:
        there = self._put({**put, name: 0})
        back = there.meanings()
        jumps = ((substitute(substitute(self.signs[s], put), back), value) for s, value in put.items())
        conditions = tuple(jump > 0 if value > 0 else jump < 0 for jump, value in jumps)
        return Tie(name, substitute(there.value, back), tuple(substitute(e, back) for e in there.place), conditions)

    def equal(self, one: Expr, other: Expr) -> Theorem:
        """A theorem, in the variables, that two rational functions of the names are equal.

        Raises:
            NotProved: the numerator of the difference does not vanish when the roots are reduced.
        """
        used = self._below(one) | self._below(other)
        forms, roots = ({name: known[name] for name in known if name in used} for known in (self.forms, self.roots))
        return _equal(one, other, self.variables, tuple(forms.items()), tuple(roots.items()))

    def _total(self, e: Expr, form: Symbol) -> Expr:
        """The derivative by a form; R' = P'/(q R^(q - 1)) for R^q = P."""
        changes = {form: S.One}
        for name, root in self.roots.items():
            changes[name] = _chain(root.radicand, changes) / (root.degree * name ** (root.degree - 1))
        return _chain(e, changes)

    def _below(self, e: Expr) -> set[Symbol]:
        """The names in an expression, and in what they stand for."""
        inside = {n: r.radicand for n, r in self.roots.items()} | dict(self.signs)
        return set().union(*({name} | (self._below(inside[name]) if name in inside else set()) for name in e.free_symbols))

    def _names(self, e: Expr) -> list[Symbol]:
        return [name for name in (*self.forms, *self.roots) if name in e.free_symbols]

    def _inner_first(self) -> list[Symbol]:
        waiting = {name: root.radicand.free_symbols for name, root in self.roots.items()}
        waiting |= {name: jump.free_symbols for name, jump in self.signs.items()}
        found: list[Symbol] = []
        while len(found) < len(waiting):
            found += [name for name, needs in waiting.items() if name not in found and not needs & set(waiting) - set(found)]
        return found


@lru_cache(maxsize=256)  # many pieces share a part
def _equal(
    one: Expr, other: Expr, variables: tuple[Symbol, ...], forms: tuple[tuple[Symbol, Expr], ...], roots: tuple[tuple[Symbol, Root], ...]
) -> Theorem:
    written = Writer(variables, dict(forms), dict(roots))
    one, other = written.numbers(one), written.numbers(other)
    owed, denominator, whole, terms = one - other, S.One, other, 0
    for name, root in reversed(written.roots.items()):
        numerator, more = fraction(together(owed))
        denominator *= more
        terms = _modest(numerator, terms)
        owed, factor = _reduced(numerator, name, root)
        whole += factor * (name**root.degree - root.radicand) / denominator
    numerator = fraction(together(owed))[0]
    _modest(numerator, terms)
    left = expand(numerator)
    if left is not S.Zero:
        raise NotProved(f"{one} = {other}: {left} is left over")
    _modest(fraction(together(one - whole))[0], 0)
    theorem = identity(one, whole)
    for name, root in reversed(written.roots.items()):
        theorem = rewrite(theorem, assume(Eq(name**root.degree, root.radicand)))
    meanings = Written(variables, S.Zero, dict(forms), written.roots, {}).meanings()
    theorem = instance(theorem, meanings)
    # SymPy makes `true` of 1 = 1: then the sides are one already when they are written out
    return identity(substitute(one, meanings), substitute(other, meanings)) if theorem.then is S.true else theorem


def write(loss: Expr, variables: tuple[Symbol, ...], place: tuple[Expr, ...] = ()) -> Written:
    """Write a loss in names, and the place of its points.

    Raises:
        NotProved: it has a part of which no derivative is known.
    """
    for group in (False,) if place else (True, False):
        writer = Writer(variables)
        for v in variables if place else ():
            writer.form(v)
        value, *placed = (writer.expression(e, group) for e in (loss, *place))
        found = Written(variables, value, writer.forms, writer.roots, writer.signs, tuple(placed))
        if not group or found.linear.rank() == len(writer.forms):
            return found
    raise AssertionError("the variables themselves are independent")


def _reduced(e: Expr, name: Symbol, root: Root) -> tuple[Expr, Expr]:
    """Write `e`, a polynomial of R, as rest + factor (R^q - P), where the rest has powers below q."""
    try:
        terms = Poly(e, name).terms()
    except PolynomialError:
        raise NotProved(f"{e} is no polynomial of {name}") from None
    rest = factor = S.Zero
    for (power,), coefficient in terms:
        turns, less = divmod(power, root.degree)
        rest += coefficient * name**less * root.radicand**turns
        factor += coefficient * sum((name ** (less + root.degree * t) * root.radicand ** (turns - 1 - t) for t in range(turns)), S.Zero)
    return rest, factor


def _modest(e: Expr, terms: int) -> int:
    """How many terms that makes in all; refused where they are too many to be multiplied out."""
    found = size(e)
    if found.work > MOST_WORK or terms + found.terms > MOST_TERMS:
        raise NotProved(
            f"numerators of {terms + found.terms} terms in all, by {found.work} products of terms: "
            f"expected at most {MOST_TERMS} terms and {MOST_WORK} products of terms"
        )
    return terms + found.terms


def _chain(e: Expr, changes: Mapping[Symbol, Expr]) -> Expr:
    return sum((derivative(e, s).then.args[1] * change for s, change in changes.items() if s in e.free_symbols), S.Zero)


__all__ = ["Tie", "Written", "write"]
