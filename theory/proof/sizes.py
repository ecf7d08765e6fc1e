"""The sizes of matrices: no rule may forget that two of them agree, where a number stands for identity matrices of both sizes.

A theorem holds for all sizes for which its formulas make sense. Where A and B both are identity matrices, tr(A B) is tr(A) and is tr(B), if
they are of one size; but from A = 1 and B = 1 alone tr(A) = tr(B) does not follow. So what the premises of a rule say of the size of an
identity matrix, what follows must say too. A number that stands for a matrix is a multiple of the identity; its neighbours tell the size.

It is looked at what the formulas of a theorem say, not at how it was derived. So what is said of sizes by "A M = M for all matrices M",
which has no number, is forgotten where such a hypothesis is removed and the next one in another step: an expected failure among the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from sympy import Add, Basic, Derivative, Expr, Lambda, MatrixBase, MatrixExpr, Mul, Pow, Product, S, Sum
from sympy.core.function import AppliedUndef
from sympy.core.relational import Eq, Ge, Le, Ne, Relational
from sympy.functions.elementary.complexes import transpose

from theory.proof.logic import Binder, Boolean, ForAll, bound_symbols, conjuncts, substitute
from theory.proof.memory import remembered

Node = Any  # a size: of the rows or the columns of a letter, or the number 1
Shape = tuple[Node, Node]
Range = tuple[Basic, Basic | None, frozenset[Basic]]  # said for all integers of a range; the outermost binder; what is bound
Changed = tuple[Basic, Mapping[Any, Any]]  # a formula, and what was put into it
ONE: Node = "1"  # of a column's only column

COLUMNS: set[type] = set()  # kinds of symbols that are columns
SHAPES_OF: dict[type, Callable[[Any, Any], Shape | None]] = {}  # how a word of another module finds its shape


@dataclass
class Sizes:
    """Which sizes a formula takes for equal, and those of the identity matrices in it.

    Attributes:
        edges: pairs of equal sizes.
        places: the sizes for which a number stands for a matrix.
        letters: each letter, with the symbols bound around it and the outermost binder.
        every: the sizes of the matrices that are bound: A M = M for every M says that A = 1.
        ranges: what is said for all integers of a range, with where that stands.
        nowhere: traces of numbers, of which nothing says how large the identity matrix is.
    """

    edges: list[tuple[Node, Node]] = field(default_factory=list)
    places: list[Node] = field(default_factory=list)
    letters: dict[tuple[Basic, Basic | None], frozenset[Basic]] = field(default_factory=dict)
    nowhere: list[Basic] = field(default_factory=list)
    ranges: list[Range] = field(default_factory=list)
    every: list[Node] = field(default_factory=list)
    scope: Basic | None = None
    bound: frozenset[Basic] = frozenset()

    def equal(self, *nodes: Node) -> None:
        """These are one size."""
        self.edges += [(nodes[0], other) for other in nodes[1:]]

    def identity(self, shape: Shape) -> None:
        """A number that is not 0 stands for a matrix of this shape."""
        self.equal(*shape)
        self.places.append(shape[0])

    def letter(self, e: Basic) -> Shape:
        """A matrix of its own; one that depends on a bound symbol is another one under each binder."""
        scope = self.scope if e.free_symbols & self.bound else None
        self.letters[e, scope] = self.bound if scope is not None else frozenset()
        return _rows(e, scope), _columns(e, scope)

    def under(self, e: Basic, *parts: Any) -> None:
        """The parts of what binds symbols."""
        outside = self.scope, self.bound
        self.scope, self.bound = self.scope if self.scope is not None else e, self.bound | set(bound_symbols(e))
        for part in parts:
            self.visit(part)
        self.scope, self.bound = outside

    def matrices(self, e: Basic) -> None:
        """The matrices that are bound here."""
        for letter, scope in self.letters:
            if letter in bound_symbols(e):
                self.every += [node for node in (_rows(letter, scope), _columns(letter, scope)) if node is not ONE]

    def visit(self, e: Basic) -> Shape | None:
        """The shape of a word, None for numbers and formulas; what it says of sizes is noted."""
        if not isinstance(e, Basic):
            return None  # the name of a function, in a predicate
        if isinstance(e, (Sum, Product)):
            return self.sum(e)
        if isinstance(e, (Binder, Lambda)):
            self.under(e, *e.args[1:])
            self.matrices(e)
            self.ranges += [(e, self.scope, self.bound)] if isinstance(e, ForAll) and e.variable.is_integer else []
            return None
        if isinstance(e, (Eq, Ne)):
            self.relation(e)
            return None
        if type(e) in SHAPES_OF:
            return SHAPES_OF[type(e)](e, self)
        if isinstance(e, (MatrixBase, MatrixExpr)):
            one, other = (ONE if n == 1 else n for n in e.shape)
            return one, other
        return self.word(e)

    def word(self, e: Basic) -> Shape | None:
        """A letter, or what is made of others."""
        if isinstance(e, Expr) and e.is_commutative is False and (e.is_Symbol or not isinstance(e, (Add, Mul, Pow, transpose, Derivative))):
            for a in e.args:
                self.visit(a)
            return self.letter(e)
        shapes = [self.visit(a) for a in e.args]
        known = [s for s in shapes if s is not None]
        if not known or not isinstance(e, Expr) or e.is_commutative is not False:
            return None
        first = known[0]
        if isinstance(e, transpose):
            return first[1], first[0]
        if isinstance(e, Pow):
            self.equal(*first)
        if isinstance(e, Add):
            self.same(known)
            if any(s is None for s in shapes):
                self.identity(first)
        if isinstance(e, Mul):
            for one, other in zip(known, known[1:], strict=False):
                self.equal(one[1], other[0])
            return first[0], known[-1][1]
        return first

    def same(self, shapes: list[Shape]) -> None:
        """All of one shape."""
        for one, other in zip(shapes, shapes[1:], strict=False):
            self.equal(one[0], other[0])
            self.equal(one[1], other[1])

    def sum(self, e: Sum | Product) -> Shape | None:
        """Of the terms, which have one shape."""
        for _, *ends in e.limits:
            for end in ends:
                self.visit(end)
        outside = self.scope, self.bound
        self.scope, self.bound = self.scope if self.scope is not None else e, self.bound | {limit[0] for limit in e.limits}
        shape = self.visit(e.function)
        self.ranges.append((e, self.scope, self.bound))
        self.scope, self.bound = outside
        return shape

    def relation(self, e: Eq | Ne) -> None:
        """Both sides have one shape; a number that is not 0 is a multiple of the identity."""
        left, right = (self.visit(side) for side in e.args)
        if left is not None and right is not None:
            self.same([left, right])
        elif (left or right) is not None and not any(side is S.Zero for side in e.args):
            self.identity(left or right)  # type: ignore[arg-type]


def _rows(letter: Basic, scope: Basic | None) -> Node:
    return letter, scope, "rows"


def _columns(letter: Basic, scope: Basic | None) -> Node:
    return ONE if type(letter) in COLUMNS else (letter, scope, "columns")


def _terms(ranges: list[Range], letters: Iterable[Basic], given: set[Basic] | None = None) -> Iterator[tuple[Node, Node]]:
    """What is said for all integers of a range is said for its ends and for the letters there: W(1) and P(0), where P(j) is W(j) P(j - 1).

    Only where what is given puts them into the range; without it, for the terms of a sum that may be in the range.
    """
    for e, scope, bound in ranges:
        variable, parts, body = _range(e)
        for at in _integers(variable, parts, body, letters):
            where = {_canonical(substitute(part, {variable: at})) for part in parts}
            if (given.issuperset(where)) if given is not None else (not isinstance(e, ForAll) and S.false not in where):
                there = Sizes(scope=scope, bound=bound - {variable})
                there.visit(substitute(body, {variable: at}))
                yield from there.edges
                yield from _terms(there.ranges, letters, given)


def _range(e: Basic) -> tuple[Any, tuple[Boolean, ...], Basic]:
    """The index, what is said of it, and what is said for each."""
    if isinstance(e, ForAll):
        return e.variable, conjuncts(e.args[1]), e.args[2]
    *others, (index, low, high) = e.limits
    return index, (Ge(index, low), Le(index, high)), e.func(e.function, *others) if others else e.function


def _integers(variable: Any, parts: tuple[Boolean, ...], body: Basic, letters: Iterable[Basic]) -> dict[Any, None]:
    """The ends of the range, and where the letters of the body are these letters."""
    pairs = (pair for part in parts if isinstance(part, (Le, Ge)) for pair in (part.args, part.args[::-1]))
    found = [end for one, end in pairs if one == variable and variable not in end.free_symbols]
    for inner in body.atoms(AppliedUndef):
        for outer in (x for x in letters if x.func == inner.func):
            for index, value in zip(inner.args, outer.args, strict=False):
                plus, minus = index - variable, index + variable  # the letters may have a symbol of that name
                found += [value - plus] if variable not in plus.free_symbols else []
                found += [minus - value] if variable not in minus.free_symbols else []
    return dict.fromkeys(at for at in found if at.is_integer)


@remembered
def sizes_of(formula: Basic) -> Sizes:
    """What a formula says of sizes."""
    found = Sizes()
    found.visit(formula)
    return found


def _after(changed: Changed) -> Iterator[tuple[Node, Node]]:
    """What the formula said of sizes before, in terms of the letters after."""
    before, mapping = changed
    old = sizes_of(before)
    yield from ((_old(one), _old(other)) for one, other in (*old.edges, *_terms(old.ranges, _free(old))))
    for (letter, scope), bound in old.letters.items():
        value = substitute(letter, mapping)
        now = Sizes(scope=substitute(scope, mapping) if scope is not None else None, bound=bound)
        shape = now.visit(value)
        yield from now.edges
        rows, columns = _rows(letter, scope), _columns(letter, scope)
        if shape is not None:
            yield _old(rows), shape[0]
            yield _old(columns), shape[1]
        elif value is not S.Zero:
            yield _old(rows), _old(columns)


def _free(said: Sizes) -> set[Basic]:
    """The members of families that no binder binds."""
    return {letter for letter, scope in said.letters if scope is None and letter.args}


def _old(node: Node) -> Node:
    return ("before", *node) if isinstance(node, tuple) else node


class _Classes:
    """Sizes that are equal."""

    def __init__(self, edges: Iterable[tuple[Node, Node]]) -> None:
        self.above: dict[Node, Node] = {}
        for one, other in edges:
            self.above[self.of(one)] = self.of(other)

    def of(self, node: Node) -> Node:
        """The one that stands for its class."""
        while node in self.above and self.above[node] != node:
            node = self.above[node]
        return node


def _canonical(part: Basic) -> Basic:
    return part.canonical if isinstance(part, Relational) else part


def forgotten(formulas: Iterable[Boolean], premises: Iterable[Boolean], changed: Iterable[Changed] = ()) -> str | None:
    """Two sizes of identity matrices, of which the premises say that they are equal and the formulas do not; None where all is said."""
    formulas = tuple(formulas)
    said = [sizes_of(f) for f in formulas]
    for s in said:
        if s.nowhere:
            return str(s.nowhere[0])
    places = dict.fromkeys(place for s in said for place in s.places)
    if not places:
        return None
    edges = [edge for s in said for edge in s.edges]
    families = {(_name(place), place[2]) for place in places if isinstance(place, tuple)}
    letters = ((letter, scope, side) for s in said for letter, scope in s.letters for side in ("rows", "columns"))
    places |= dict.fromkeys(node for node in letters if (_name(node), node[2]) in families)
    alone = {letter for s in said for letter in _free(s)}
    before = [edge for c in changed for edge in _after(c)]
    every: list[Node] = []
    gone = False
    for premise in premises:
        p = sizes_of(premise)
        before += [*p.edges, *_terms(p.ranges, alone.union(_free(p)))]
        every += p.every
        gone |= bool(p.every) and not any(f.has(premise) for f in formulas)
    if gone:  # it may have said that something is an identity matrix
        before += [(every[0], node) for node in every]
    were = _Classes([*edges, *before])
    now = _Classes(edges)
    lost = _parted(places, were, now)
    if lost is not None:
        given = {S.true, *(_canonical(part) for f in formulas[:-1] for part in conjuncts(f))}
        now = _Classes([*edges, *(edge for s in said for edge in _terms(s.ranges, alone, given))])
        lost = _parted(places, were, now)
    return None if lost is None else ", ".join(sorted(map(_shown, lost)))


def _shown(node: Node) -> str:
    return f"the {node[2]} of {node[0]}" if isinstance(node, tuple) else node


def _parted(places: Iterable[Node], were: _Classes, now: _Classes) -> tuple[Node, Node] | None:
    """Two sizes that were equal and are not."""
    together: dict[Node, list[Node]] = {}
    for place in (*places, ONE):
        together.setdefault(were.of(place), []).append(place)
    for nodes in together.values():
        for one, other in combinations(nodes, 2):
            if now.of(one) != now.of(other) and not _of_one_binder(one, other):
                return one, other
    return None


def _of_one_binder(one: Node, other: Node) -> bool:
    """What a formula says of the symbols that it binds, it says as long as it stands."""
    return isinstance(one, tuple) and isinstance(other, tuple) and one[1] is not None and one[1] == other[1]


def _name(node: Node) -> Any:
    return (node[0].func if node[0].args else node[0]) if isinstance(node, tuple) else node


__all__ = ["COLUMNS", "ONE", "SHAPES_OF", "Changed", "Sizes", "forgotten", "sizes_of"]
