"""The logical rules of the trusted kernel: hypotheses, instances, quantifiers, equality, induction, definitions.

The rules with mathematical content stand beside this file: `algebra` (identities), `reals` (polynomial inequalities), `orbits`
(one-dimensional dynamics), `balls` (numbers), `facts` (textbook facts).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sympy import Basic, Eq, Ge, Le, S, Sum, Symbol, Tuple, sympify
from sympy.core.function import AppliedUndef

from theory.proof.language import check_sorts, conditions, formula_conditions
from theory.proof.logic import (
    And,
    Boolean,
    Exists,
    ForAll,
    Implies,
    Not,
)
from theory.proof.printers import formula_text
from theory.proof.sizes import Changed
from theory.proof.statement import Statement
from theory.proof.theorem import KernelError, NotProved, Theorem, genuine, rule
from theory.proof.values import DEFINED, check_kind, put, values_conditions


def _union(*theorems: Theorem) -> tuple[Boolean, ...]:
    return tuple(dict.fromkeys(h for t in theorems for h in t.given))


@rule
def assume(hypothesis: Any) -> tuple:
    """`h |- h`."""
    return (hypothesis,), hypothesis, "hypothesis", (), ()


@rule
def weaken(theorem: Theorem, *hypotheses: Any) -> tuple:
    """More hypotheses prove the same conclusion."""
    genuine(theorem)
    return (*hypotheses, *theorem.given), theorem.then, theorem.reason, (theorem,), ()


@rule
def cut(theorem: Theorem, *lemmas: Theorem) -> tuple:
    """From `G, A |- B` and `D |- A`: `G, D |- B`, for each lemma. A conjunction discharges its parts too."""
    genuine(theorem, *lemmas)
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
    genuine(theorem)
    needed = values_conditions(mapping)
    given = tuple(p for h in theorem.given for p in put(h, mapping))
    then, *lost = put(theorem.then, mapping)
    if S.false in (*given, *lost, *needed):
        raise NotProved("instance: a hypothesis became false at these values; the instance says nothing")
    shown = ", ".join(f"{k} := {formula_text(v)}" for k, v in mapping.items())
    changed = tuple((f, mapping) for f in (*theorem.given, theorem.then))
    return (*given, *lost, *needed), then, f"with {shown}", (theorem,), (), changed


@rule
def conjunction(*theorems: Theorem) -> tuple:
    """From `G |- A` and `D |- B`: `G, D |- A and B`."""
    genuine(*theorems)
    return _union(*theorems), And(*(t.then for t in theorems), evaluate=False), "together", theorems, ()


@rule
def part(theorem: Theorem, wanted: Any) -> tuple:
    """From `G |- A and B`: `G |- A`."""
    genuine(theorem)
    wanted = sympify(wanted)
    if not isinstance(theorem.then, And) or wanted not in theorem.then.args:
        raise NotProved(f"part: {wanted} is no part of {theorem.then}")
    return theorem.given, wanted, "part of it", (theorem,), ()


@rule
def discharge(theorem: Theorem, *hypotheses: Any) -> tuple:
    """From `G, A |- B`: `G |- A implies B`."""
    genuine(theorem)
    asked = tuple(sympify(h) for h in hypotheses)
    kept = tuple(h for h in theorem.given if h not in asked)
    premise = asked[0] if len(asked) == 1 else And(*asked, evaluate=False)
    return kept, Implies(premise, theorem.then, evaluate=False), "under that hypothesis", (theorem,), ()


@rule
def absurd(theorem: Theorem, hypothesis: Any) -> tuple:
    """From `G, A |- false`: `G |- not A`, where A makes sense: "not x > 1/y" says something only for y != 0."""
    genuine(theorem)
    if theorem.then is not S.false:
        raise NotProved(f"absurd: {theorem.then} is not false")
    hypothesis = sympify(hypothesis)
    kept = tuple(h for h in theorem.given if h != hypothesis) + formula_conditions(hypothesis)
    return kept, Not(hypothesis, evaluate=False), "it leads to a contradiction", (theorem,), ()


@rule
def generalize(theorem: Theorem, variable: Symbol, condition: Any = True) -> tuple:
    """From `G, c |- B` with `variable` not free in `G`: `G |- for all variable with c: B`."""
    genuine(theorem)
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
    genuine(theorem)
    if not isinstance(theorem.then, ForAll):
        raise NotProved(f"specialize: {theorem.then} is no 'for all'")
    variable, condition, body = theorem.then.args
    at = {variable: sympify(value)}
    needed = values_conditions(at)
    (condition, *lost), (then, *lost_too) = put(condition, at), put(body, at)
    if S.false in (condition, *needed):
        raise NotProved(f"specialize: {value} violates {theorem.then.args[1]}")
    conditions = condition.args if isinstance(condition, And) else (condition,)
    changed = tuple((part, at) for part in (theorem.then, *theorem.then.args[1:]))
    return (*theorem.given, *conditions, *lost, *lost_too, *needed), then, f"at {variable} = {value}", (theorem,), (), changed


@rule
def exhibit(theorem: Theorem, variable: Symbol, value: Any, condition: Any, body: Any) -> tuple:
    """From `G |- c(t) and B(t)`: `G |- there is x with c(x) and B(x)`."""
    genuine(theorem)
    if not isinstance(variable, Symbol):
        raise KernelError(f"exhibit: {variable} is no symbol")
    at = {variable: sympify(value)}
    needed = values_conditions(at)
    (allowed, *lost), (holds, *lost_too) = put(sympify(condition), at), put(sympify(body), at)
    wanted = And(allowed, holds)
    if theorem.then != wanted and not (theorem.then == holds and allowed is S.true):
        raise NotProved(f"exhibit: have {theorem.then}, need {wanted}")
    return (*theorem.given, *lost, *lost_too, *needed), Exists(variable, condition, body), f"namely {variable} = {value}", (theorem,), ()


@rule
def rewrite(theorem: Theorem, *equations: Theorem) -> tuple:
    """Equals for equals: each equation `G |- a = b` turns `a` into `b` in the conclusion, in turn."""
    genuine(theorem, *equations)
    then, lost = theorem.then, ()
    changed: tuple[Changed, ...] = ()
    for equation in equations:
        if not isinstance(equation.then, Eq):
            raise NotProved(f"rewrite: {equation.then} is no equation")
        mapping = {equation.then.lhs: equation.then.rhs}
        changed += ((then, mapping),)
        then, *more = put(then, mapping)
        lost += tuple(more)
    return (*_union(theorem, *equations), *lost), then, "equals for equals", (theorem, *equations), (), changed


@rule
def sum_congruence(theorem: Theorem) -> tuple:
    """From `G |- for all a <= j <= b: f = g`: `G, b >= a |- Sum(f, (j, a, b)) = Sum(g, (j, a, b))`.

    `b >= a` is needed: for b < a - 1 SymPy's sums run backwards, over indices where nothing is known.
    """
    genuine(theorem)
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
    genuine(base, step)
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
        (first, *lost), (after, *lost_too) = put(claim, {variable: start}), put(claim, {variable: variable + 1})
        if first == base.then and after == step.then:
            return claim, *lost, *lost_too
    raise NotProved(f"induction: no hypothesis of the step gives {base.then} at {variable} = {start} and {step.then} at {variable} + 1")


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
    unknown = {a.func for a in meaning.atoms(AppliedUndef)} - set(DEFINED)
    if unknown or (head in DEFINED and meaning.has(head)):
        raise KernelError(f"define: {meaning} uses {', '.join(map(str, unknown or [head]))}, not defined before {head}")
    equation = Eq(term, meaning, evaluate=False)
    check_sorts((equation,))
    check_kind(head, term.is_integer, term.is_commutative, meaning)
    if DEFINED.setdefault(head, equation) != equation:
        raise KernelError(f"define: {head} is already defined as {DEFINED[head]}")
    return conditions(meaning), equation, "by definition", (), ()


@rule
def matches(theorem: Theorem, statement: Statement) -> tuple:
    """The theorem, said exactly as `statement` says it: no hypothesis more than it gives.

    Raises:
        NotProved: the proof used a hypothesis that the statement does not give, or proves something else.
    """
    genuine(theorem)
    if type(statement) is not Statement:
        raise KernelError(f"matches: needs a Statement, found {type(statement).__name__}")
    extra = [h for h in theorem.given if h not in statement.given]
    if extra:
        raise NotProved(f"the proof needs hypotheses that the statement does not give: {extra}")
    if theorem.then != statement.then:
        raise NotProved(f"proved {theorem.then}\nwanted {statement.then}")
    return statement.given, statement.then, "which is the claim", (theorem,), ()
