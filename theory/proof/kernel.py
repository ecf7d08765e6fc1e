"""The trusted kernel: what a theorem is, and the logical rules by which one theorem follows from others.

A `Theorem` reads `given |- then`; its free symbols stand for every value of their sort. Only the functions registered here with
`rule` can build one. The rules with mathematical content stand beside this file: `algebra` (identities), `reals`
(polynomial inequalities), `orbits` (one-dimensional dynamics), `balls` (numbers), `facts` (textbook facts).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, ParamSpec
from weakref import WeakKeyDictionary

from sympy import Basic, Eq, Expr, Ge, Lambda, Le, Product, S, Sum, Symbol, Tuple, sympify
from sympy.core.function import AppliedUndef, UndefinedFunction

from theory.proof.language import Map, check_sorts, conditions, formula_conditions, in_scope, partial_terms, scoped_terms
from theory.proof.logic import (
    And,
    Boolean,
    Exists,
    ForAll,
    Implies,
    Not,
    is_relation,
    substitute,
    symbols_of,
)
from theory.proof.printers import formula_text
from theory.proof.statement import Statement


class NotProved(Exception):
    """A rule could not decide; the message says what is left over. Undecided is never true."""


class KernelError(Exception):
    """The kernel was asked for something outside its rules, e.g. building a theorem by hand."""


P = ParamSpec("P")
_SEAL = object()


class Theorem:
    """`given |- then`, made by a rule of the kernel and by nothing else; immutable.

    Attributes:
        given: the hypotheses that the proof used.
        then: the conclusion.
        rule: the name of the rule that made it.
        reason: why, for a reader.
        premises: the theorems it follows from.
        trusts: what this step alone relies on: `sympy`, `flint`, `z3`, or `fact:<name>`.
    """

    __slots__ = ("__weakref__", "given", "premises", "reason", "rule", "then", "trusts")

    given: tuple[Boolean, ...]
    then: Boolean
    rule: str
    reason: str
    premises: tuple[Theorem, ...]
    trusts: frozenset[str]

    def __init__(self, seal: object, **parts: Any) -> None:
        if seal is not _SEAL:
            raise KernelError("a Theorem is made only by a rule of theory.proof; call one of its rules")
        for name, value in parts.items():
            object.__setattr__(self, name, value)
        _GENUINE[self] = (self.given, self.then, self.premises, self.trusts)

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise KernelError(f"a Theorem cannot be altered (tried to set {name!r})")

    def __delattr__(self, name: str) -> NoReturn:
        raise KernelError(f"a Theorem cannot be altered (tried to delete {name!r})")

    def __init_subclass__(cls, **_: Any) -> NoReturn:
        raise KernelError("a Theorem cannot be subclassed")

    def __reduce__(self) -> NoReturn:
        raise KernelError("a Theorem cannot be pickled; prove it again where it is needed")

    def __repr__(self) -> str:
        return f"{', '.join(map(str, self.given))} |- {self.then}"

    @property
    def statement(self) -> Statement:
        """The theorem as a statement."""
        return Statement(self.given, self.then)

    @property
    def rests_on(self) -> frozenset[str]:
        """Everything the whole proof trusts: engines and textbook facts."""
        return frozenset().union(*(t.trusts for t in self.lineage()))

    def lineage(self) -> tuple[Theorem, ...]:
        """Every theorem of the proof once, premises before what follows from them."""
        done: dict[int, Theorem] = {}

        def visit(theorem: Theorem) -> None:
            if id(theorem) not in done:
                for premise in theorem.premises:
                    visit(premise)
                done[id(theorem)] = theorem

        visit(self)
        return tuple(done.values())


# What the kernel made, and how: `object.__new__` and `object.__setattr__` get past the class, not past this
_GENUINE: WeakKeyDictionary[Theorem, tuple[Any, ...]] = WeakKeyDictionary()


def _seal(
    rule: str,
    given: Any,
    then: Any,
    reason: str,
    premises: tuple[Theorem, ...] = (),
    trusts: tuple[str, ...] = (),
) -> Theorem:
    _theorems(*premises)
    hypotheses = tuple(dict.fromkeys(sympify(h) for h in given))
    conclusion = sympify(then)
    for part in (*hypotheses, conclusion):
        if not is_relation(part):
            raise KernelError(f"{rule}: {part!r} is no SymPy relation")
    check_sorts((*hypotheses, conclusion))
    hypotheses = tuple(h for h in hypotheses if h is not S.true)
    return Theorem(
        _SEAL,
        rule=rule,
        given=hypotheses,
        then=conclusion,
        reason=reason,
        premises=premises,
        trusts=frozenset(trusts),
    )


def rule(function: Callable[P, tuple]) -> Callable[P, Theorem]:
    """Register a rule: it returns `(given, then, reason, premises, trusts)`, checked and sealed here.

    Used only inside `theory.proof`: a rule written elsewhere is refused.
    """
    if Path(function.__code__.co_filename).parent != Path(__file__).parent:
        raise KernelError(f"{function.__name__} is no rule of the kernel: rules stand in theory/proof")

    @functools.wraps(function)
    def sealed(*args: P.args, **kwargs: P.kwargs) -> Theorem:
        return _seal(function.__name__, *function(*args, **kwargs))

    return sealed


def _theorems(*candidates: Any) -> None:
    for candidate in candidates:
        if type(candidate) is not Theorem:
            raise KernelError(f"a rule needs theorems, found {candidate!r} of type {type(candidate).__name__}")
        parts = (candidate.given, candidate.then, candidate.premises, candidate.trusts) if candidate in _GENUINE else ()
        if len(parts) != 4 or any(a is not b for a, b in zip(parts, _GENUINE[candidate], strict=True)):
            raise KernelError("this Theorem was not made by a rule, or was altered since")


def _union(*theorems: Theorem) -> tuple[Boolean, ...]:
    return tuple(dict.fromkeys(h for t in theorems for h in t.given))


@rule
def assume(hypothesis: Any) -> tuple:
    """`h |- h`."""
    return (hypothesis,), hypothesis, "hypothesis", (), ()


@rule
def weaken(theorem: Theorem, *hypotheses: Any) -> tuple:
    """More hypotheses prove the same conclusion."""
    _theorems(theorem)
    return (*hypotheses, *theorem.given), theorem.then, theorem.reason, (theorem,), ()


@rule
def cut(theorem: Theorem, *lemmas: Theorem) -> tuple:
    """From `G, A |- B` and `D |- A`: `G, D |- B`, for each lemma. A conjunction discharges its parts too."""
    _theorems(theorem, *lemmas)
    discharged: set[Boolean] = set()
    for lemma in lemmas:
        parts = {lemma.then} | (set(lemma.then.args) if isinstance(lemma.then, And) else set())
        used = parts & set(theorem.given)
        if not used:
            raise NotProved(f"cut: {lemma.then} is not among the hypotheses {list(theorem.given)}")
        discharged |= used
    kept = tuple(h for h in theorem.given if h not in discharged)
    return (*kept, *_union(*lemmas)), theorem.then, "by the lemmas", (theorem, *lemmas), ()


@rule
def instance(theorem: Theorem, mapping: Mapping[Any, Any]) -> tuple:
    """A theorem with values put for its free symbols: every hypothesis is instantiated too.

    Values must be of the symbol's sort: an integer symbol takes only integers, a real one only reals, a column only columns;
    a function symbol takes a `Lambda`. A value like 1/y brings its condition y != 0.
    """
    _theorems(theorem)
    needed = values_conditions(mapping)
    given = tuple(p for h in theorem.given for p in _put(h, mapping))
    then, *lost = _put(theorem.then, mapping)
    if S.false in (*given, *lost, *needed):
        raise NotProved("instance: a hypothesis became false at these values; the instance says nothing")
    shown = ", ".join(f"{k} := {formula_text(v)}" for k, v in mapping.items())
    return (*given, *lost, *needed), then, f"with {shown}", (theorem,), ()


def _put(formula: Boolean, mapping: Mapping[Any, Any]) -> tuple[Boolean, ...]:
    """The formula with the values put in, and what it no longer says.

    SymPy cancels: x (1/y) = 1 becomes 1 = 1 at x = y, but y != 0 was part of what it said, and stays; under a quantifier too.
    """
    after = substitute(formula, mapping)
    stays = {S.true, after, *formula_conditions(after)}
    return after, *(c for c in dict.fromkeys(_lost(formula, mapping)) if c not in stays)


def _lost(formula: Boolean, mapping: Mapping[Any, Any]) -> Iterator[Boolean]:
    """The conditions of the terms that are gone once the values are in; of a sum, all: it may have cancelled inside."""
    for relation, term, scope in scoped_terms(formula):
        bound = {variable for variable, _ in scope}
        free = {k: v for k, v in mapping.items() if not bound & symbols_of(k)}
        captured = any(bound & symbols_of(v) for v in free.values())
        for e in partial_terms(term):
            stays = not captured and not isinstance(e, (Sum, Product)) and substitute(relation, free).has(substitute(e, free))
            if not stays:
                yield from (substitute(c, mapping) for c in in_scope(conditions(e), scope))


def values_conditions(mapping: Mapping[Any, Any]) -> tuple[Boolean, ...]:
    """What must hold for the values to be of the sorts of their symbols; a family must have a value at every integer.

    Raises:
        NotProved: a value is not known to be of the sort.
        KernelError: a key is no symbol or function, or has a definition.
    """
    for key, value in mapping.items():
        check_sorts((value,))
        _check_sort(key, value)
    try:
        return tuple(dict.fromkeys(c for k, v in mapping.items() for c in _value_conditions(k, sympify(v))))
    except ValueError as error:
        raise NotProved(str(error)) from None


def _value_conditions(key: Any, value: Basic) -> tuple[Boolean, ...]:
    if not isinstance(value, Lambda):
        return conditions(value)
    return tuple(_everywhere(key, value, c) for c in conditions(value.expr))


def _everywhere(key: Any, value: Lambda, condition: Boolean) -> Boolean:
    for variable in value.variables:
        if variable in condition.free_symbols:
            if variable.is_integer is not True:
                raise NotProved(f"{key} has a value everywhere, but {value} needs {condition}")
            condition = ForAll(variable, True, condition)
    return condition


def _check_sort(key: Any, value: Any) -> None:
    if isinstance(key, UndefinedFunction):
        if not isinstance(value, Lambda):
            raise KernelError(f"the function {key} takes a Lambda, found {value!r}")
        if key in _DEFINED:
            raise KernelError(f"the function {key} is defined as {_DEFINED[key]}; it takes no other value")
        _check_kind(key, getattr(key, "is_integer", None), getattr(key, "is_commutative", None), value.expr)
    elif isinstance(key, Symbol):
        if type(key) is not Symbol:
            if type(key) not in SHAPES:
                raise KernelError(f"{key} of type {type(key).__name__} is no symbol of the kernel's language")
            SHAPES[type(key)](key, value)
        _check_kind(key, key.is_integer, key.is_commutative, sympify(value))
    else:
        raise KernelError(f"only symbols and functions can be instantiated, found {key!r}; use `rewrite`")


def _map_value(key: Map, value: Any) -> None:
    if not isinstance(value, (Lambda, Map)):
        raise KernelError(f"{key} is a map, and {value} is not")
    if isinstance(value, Lambda) and any(v.is_real is not True or v.is_integer for v in value.variables):
        raise KernelError(f"{key} is a map on R^n, and {value} is not")


SHAPES: dict[type, Callable[[Any, Any], None]] = {Map: _map_value}  # how a special kind of symbol checks its values


def _check_kind(key: Any, is_integer: bool | None, is_commutative: bool | None, value: Basic) -> None:
    if is_commutative is False:
        return
    if not isinstance(value, Expr) or value.is_commutative is not True:
        raise NotProved(f"{key} is a number, and {value} is not")
    if is_integer is True and value.is_integer is not True:  # a function class has property objects where nothing was said
        raise NotProved(f"{key} is integer, and {value} is not known to be")


@rule
def conjunction(*theorems: Theorem) -> tuple:
    """From `G |- A` and `D |- B`: `G, D |- A and B`."""
    _theorems(*theorems)
    return _union(*theorems), And(*(t.then for t in theorems), evaluate=False), "together", theorems, ()


@rule
def part(theorem: Theorem, wanted: Any) -> tuple:
    """From `G |- A and B`: `G |- A`."""
    _theorems(theorem)
    wanted = sympify(wanted)
    if not isinstance(theorem.then, And) or wanted not in theorem.then.args:
        raise NotProved(f"part: {wanted} is no part of {theorem.then}")
    return theorem.given, wanted, "part of it", (theorem,), ()


@rule
def discharge(theorem: Theorem, *hypotheses: Any) -> tuple:
    """From `G, A |- B`: `G |- A implies B`."""
    _theorems(theorem)
    asked = tuple(sympify(h) for h in hypotheses)
    kept = tuple(h for h in theorem.given if h not in asked)
    premise = asked[0] if len(asked) == 1 else And(*asked, evaluate=False)
    return kept, Implies(premise, theorem.then, evaluate=False), "under that hypothesis", (theorem,), ()


@rule
def absurd(theorem: Theorem, hypothesis: Any) -> tuple:
    """From `G, A |- false`: `G |- not A`, where A makes sense: "not x > 1/y" says something only for y != 0."""
    _theorems(theorem)
    if theorem.then is not S.false:
        raise NotProved(f"absurd: {theorem.then} is not false")
    hypothesis = sympify(hypothesis)
    kept = tuple(h for h in theorem.given if h != hypothesis) + formula_conditions(hypothesis)
    return kept, Not(hypothesis, evaluate=False), "it leads to a contradiction", (theorem,), ()


@rule
def generalize(theorem: Theorem, variable: Symbol, condition: Any = True) -> tuple:
    """From `G, c |- B` with `variable` not free in `G`: `G |- for all variable with c: B`."""
    _theorems(theorem)
    if not isinstance(variable, Symbol):
        raise KernelError(f"generalize: {variable} is no symbol")
    condition = sympify(condition)
    allowed = set(condition.args) | {condition} if isinstance(condition, And) else {condition}
    kept = tuple(h for h in theorem.given if h not in allowed)
    for h in kept:
        if variable in h.free_symbols:
            raise NotProved(f"generalize: {variable} is not arbitrary, the hypothesis {h} restricts it")
    return kept, ForAll(variable, condition, theorem.then), f"{variable} was arbitrary", (theorem,), ()


@rule
def specialize(theorem: Theorem, value: Any) -> tuple:
    """From `G |- for all x with c(x): B(x)`: `G, c(t) |- B(t)`."""
    _theorems(theorem)
    if not isinstance(theorem.then, ForAll):
        raise NotProved(f"specialize: {theorem.then} is no 'for all'")
    variable, condition, body = theorem.then.args
    at = {variable: sympify(value)}
    needed = values_conditions(at)
    (condition, *lost), (then, *lost_too) = _put(condition, at), _put(body, at)
    if S.false in (condition, *needed):
        raise NotProved(f"specialize: {value} violates {theorem.then.args[1]}")
    conditions = condition.args if isinstance(condition, And) else (condition,)
    return (*theorem.given, *conditions, *lost, *lost_too, *needed), then, f"at {variable} = {value}", (theorem,), ()


@rule
def exhibit(theorem: Theorem, variable: Symbol, value: Any, condition: Any, body: Any) -> tuple:
    """From `G |- c(t) and B(t)`: `G |- there is x with c(x) and B(x)`."""
    _theorems(theorem)
    if not isinstance(variable, Symbol):
        raise KernelError(f"exhibit: {variable} is no symbol")
    at = {variable: sympify(value)}
    needed = values_conditions(at)
    (allowed, *lost), (holds, *lost_too) = _put(sympify(condition), at), _put(sympify(body), at)
    wanted = And(allowed, holds)
    if theorem.then != wanted and not (theorem.then == holds and allowed is S.true):
        raise NotProved(f"exhibit: have {theorem.then}, need {wanted}")
    return (*theorem.given, *lost, *lost_too, *needed), Exists(variable, condition, body), f"namely {variable} = {value}", (theorem,), ()


@rule
def rewrite(theorem: Theorem, *equations: Theorem) -> tuple:
    """Equals for equals: each equation `G |- a = b` turns `a` into `b` in the conclusion, in turn."""
    _theorems(theorem, *equations)
    then, lost = theorem.then, ()
    for equation in equations:
        if not isinstance(equation.then, Eq):
            raise NotProved(f"rewrite: {equation.then} is no equation")
        then, *more = _put(then, {equation.then.lhs: equation.then.rhs})
        lost += tuple(more)
    return (*_union(theorem, *equations), *lost), then, "equals for equals", (theorem, *equations), ()


@rule
def sum_congruence(theorem: Theorem) -> tuple:
    """From `G |- for all a <= j <= b: f = g`: `G, b >= a |- Sum(f, (j, a, b)) = Sum(g, (j, a, b))`.

    `b >= a` is needed: for b < a - 1 SymPy's sums run backwards, over indices where nothing is known.
    """
    _theorems(theorem)
    quantified = theorem.then
    if not (isinstance(quantified, ForAll) and isinstance(quantified.args[2], Eq)):
        raise NotProved(f"sum_congruence: {quantified} is no 'for all ... equal'")
    j, condition, body = quantified.args
    low, high = index_range(j, condition)
    if j.is_integer is not True:
        raise NotProved(f"sum_congruence: the index {j} is not an integer")
    limits = Tuple(j, low, high)
    equation = Eq(Sum(body.lhs, limits), Sum(body.rhs, limits), evaluate=False)
    return (*theorem.given, high >= low), equation, "term by term", (theorem,), ()


def index_range(j: Symbol, condition: Boolean) -> tuple[Any, Any]:
    """The ends of `low <= j <= high`; a further condition would leave gaps, so there may be none."""
    parts = condition.args if isinstance(condition, And) else (condition,)
    ends: dict[str, Any] = {}
    for c in parts:
        if isinstance(c, (Le, Ge)):
            relation = c.reversed if c.rhs == j else c
            if relation.lhs == j and j not in relation.rhs.free_symbols:
                ends["high" if isinstance(relation, Le) else "low"] = relation.rhs
    if len(ends) != 2 or len(parts) != 2:
        raise NotProved(f"the condition {condition} is no range of {j} with both ends")
    return ends["low"], ends["high"]


@rule
def induction(base: Theorem, step: Theorem, variable: Symbol, start: Any) -> tuple:
    """From `G |- P(start)` and `D, k >= start, P(k) |- P(k + 1)`: `G, D |- for all k >= start: P(k)`.

    The hypotheses `D` may not mention `k` freely; `k` must be an integer symbol.
    """
    _theorems(base, step)
    start = sympify(start)
    if not isinstance(variable, Symbol) or variable.is_integer is not True:
        raise NotProved(f"induction: {variable} is not an integer symbol")
    if start.is_integer is not True or variable in start.free_symbols:
        raise NotProved(f"induction: the start {start} is not a fixed integer")
    claim, *lost = _induction_claim(base, step, variable, start)
    kept = (*(h for h in step.given if h not in (claim, variable >= start)), *lost)
    for h in (*kept, *base.given):
        if variable in h.free_symbols:
            raise NotProved(f"induction: {variable} is not arbitrary, the hypothesis {h} restricts it")
    return (
        (*base.given, *kept),
        ForAll(variable, variable >= start, claim),
        f"induction on {variable}",
        (base, step),
        (),
    )


def _induction_claim(base: Theorem, step: Theorem, variable: Symbol, start: Basic) -> tuple[Boolean, ...]:
    """The hypothesis of the step that is P(k): at `start` it is the base, at k + 1 the step's conclusion; and what these lost."""
    candidates = [h for h in step.given if variable in h.free_symbols]
    for claim in candidates:
        (first, *lost), (after, *lost_too) = _put(claim, {variable: start}), _put(claim, {variable: variable + 1})
        if first == base.then and after == step.then:
            return claim, *lost, *lost_too
    raise NotProved(f"induction: no hypothesis of the step gives {base.then} at {variable} = {start} and {step.then} at {variable} + 1")


_DEFINED: dict[Any, Boolean] = {}


@rule
def define(term: Any, meaning: Any) -> tuple:
    """`|- f(x) = meaning`: names a new function once. The arguments are distinct symbols; `meaning` uses no others.

    A second, different definition of the same head is refused, and so is a circle of definitions: they cannot contradict each
    other. Where the meaning is no number (1/x at 0), the theorem says so in its hypotheses.
    """
    term, meaning = sympify(term), sympify(meaning)
    head = term.func if isinstance(term, AppliedUndef) else None
    if head is None or len(set(term.args)) != len(term.args) or not all(isinstance(a, Symbol) for a in term.args):
        raise KernelError(f"define: {term} is no function of distinct symbols")
    if meaning.free_symbols - set(term.args):
        raise KernelError(f"define: {meaning} has symbols that {term} has not")
    unknown = {a.func for a in meaning.atoms(AppliedUndef)} - set(_DEFINED)
    if unknown or (head in _DEFINED and meaning.has(head)):
        raise KernelError(f"define: {meaning} uses {', '.join(map(str, unknown or [head]))}, not defined before {head}")
    equation = Eq(term, meaning, evaluate=False)
    check_sorts((equation,))
    _check_kind(head, term.is_integer, term.is_commutative, meaning)
    if _DEFINED.setdefault(head, equation) != equation:
        raise KernelError(f"define: {head} is already defined as {_DEFINED[head]}")
    return conditions(meaning), equation, "by definition", (), ()


@rule
def matches(theorem: Theorem, statement: Statement) -> tuple:
    """The theorem, said exactly as `statement` says it: no hypothesis more than it gives.

    Raises:
        NotProved: the proof used a hypothesis that the statement does not give, or proves something else.
    """
    _theorems(theorem)
    if type(statement) is not Statement:
        raise KernelError(f"matches: needs a Statement, found {type(statement).__name__}")
    extra = [h for h in theorem.given if h not in statement.given]
    if extra:
        raise NotProved(f"the proof needs hypotheses that the statement does not give: {extra}")
    if theorem.then != statement.then:
        raise NotProved(f"proved {theorem.then}\nwanted {statement.then}")
    return statement.given, statement.then, "which is the claim", (theorem,), ()
