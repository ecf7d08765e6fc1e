"""Exact instances: refuting a statement at a point, and showing that it is not empty."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn

from sympy import ImmutableMatrix

from theory.proof.deciding import decide
from theory.proof.language import check_sorts, formula_conditions
from theory.proof.letters import interpret, is_letter
from theory.proof.logic import Boolean, ForAll, Not, conjuncts
from theory.proof.reals import _solve
from theory.proof.statement import Statement
from theory.proof.theorem import KernelError, NotProved, Theorem, genuine
from theory.proof.values import put, values_conditions
from theory.proof.words import Column

_SEAL = object()


class Refutation:
    """A point at which every hypothesis of a statement holds and its conclusion fails; made only by `counterexample`.

    Attributes:
        statement: what is refuted.
        point: symbol -> exact value.
        conclusion: the conclusion at the point, which is false.
        premises: theorems used to settle what no finite computation can (a limit, a stability).
        trusts: engines and facts it rests on.
    """

    __slots__ = ("conclusion", "point", "premises", "statement", "trusts")

    def __init__(self, seal: object, **parts: Any) -> None:
        if seal is not _SEAL:
            raise KernelError("a Refutation is made only by theory.proof.counterexample")
        for name in self.__slots__:
            object.__setattr__(self, name, parts[name])

    def __init_subclass__(cls, **_: Any) -> NoReturn:
        raise KernelError("a Refutation cannot be subclassed")

    def __reduce__(self) -> NoReturn:
        raise KernelError("a Refutation cannot be copied or pickled; refute again where it is needed")

    def __setattr__(self, name: str, value: Any) -> NoReturn:
        raise KernelError(f"a Refutation cannot be altered (tried to set {name!r})")


@dataclass(frozen=True)
class Witness:
    """An exact instance that satisfies every hypothesis of a statement, and its conclusion."""

    statement: Statement
    point: tuple[tuple[Any, Any], ...]


def counterexample(statement: Statement, point: Mapping[Any, Any], *because: Theorem) -> Refutation:
    """Refute `statement` at an exact point: all hypotheses true there, the conclusion false.

    Args:
        statement: the statement to refute.
        point: a value for every free symbol; functions take a `Lambda`.
        because: theorems that settle parts which exact evaluation cannot (their hypotheses must hold at the point too).

    Raises:
        NotProved: a hypothesis is not satisfied, the conclusion is not false, or either is undecided: it says which.
    """
    hypotheses, conclusion = _at(statement, point, because)
    known = _settled(hypotheses, because, _letters(point))
    refuted = any(t.then == Not(conclusion, evaluate=False) for t in because)  # with all that it needs, as has been checked
    if not refuted and decide(conclusion) is not False:
        try:
            _solve((*known, *(t.then for t in because)), Not(conclusion))
        except NotProved as error:
            raise NotProved(f"the conclusion {conclusion} is not shown false at {_text(point)}: {error}") from None
    trusts = frozenset({"sympy", "flint"}).union(*(t.rests_on for t in because))
    return Refutation(
        _SEAL, statement=statement, point=MappingProxyType(dict(point)), conclusion=conclusion, premises=tuple(because), trusts=trusts
    )


def witness(statement: Statement, point: Mapping[Any, Any], *because: Theorem) -> Witness:
    """Show that `statement` is not empty: at this exact point all its hypotheses hold, and its conclusion too.

    Raises:
        NotProved: a hypothesis or the conclusion is not shown true at the point.
    """
    hypotheses, conclusion = _at(statement, point, because)
    known = _settled(hypotheses, because, _letters(point))
    if decide(conclusion) is False:
        raise NotProved(f"the conclusion {conclusion} is false at {_text(point)}: this is a counterexample, not a witness")
    for part in conjuncts(conclusion):
        if decide(part) is not True:
            try:
                _solve((*known, *(t.then for t in because)), part)
            except NotProved as error:
                raise NotProved(f"the conclusion {part} is not shown true at {_text(point)}: {error}") from None
    return Witness(statement, tuple(point.items()))


def _letters(point: Mapping[Any, Any]) -> dict[Any, ImmutableMatrix]:
    return {key: ImmutableMatrix(value) for key, value in point.items() if is_letter(key)}


def _at(statement: Statement, point: Mapping[Any, Any], because: tuple[Theorem, ...]) -> tuple[list[Boolean], Boolean]:
    """The hypotheses and the conclusion at the point.

    What a theorem shows, or refutes, for all values of its letters keeps them, where all are 1 x 1: then every product makes sense.
    """
    letters = _letters(point)
    for key in letters:
        if not key.is_Symbol and key.free_symbols:
            raise NotProved(f"{key} is no one matrix, so it has no one value")  # a quantifier over its index would not see it
    numbers = {key: value for key, value in point.items() if key not in letters}
    check_sorts(letters.values())
    for key, matrix in letters.items():
        if isinstance(key, Column) and matrix.cols != 1:
            raise NotProved(f"{key} is a column, found a matrix of shape {matrix.shape}")
    for condition in values_conditions(numbers, everywhere=True):
        if not _holds_everywhere(condition):
            raise NotProved(f"the point has no value where {condition} fails")
    genuine(*because)
    small = all(matrix.shape == (1, 1) for matrix in letters.values())
    shown = {b for t in because for b in (t.then, Not(t.then))} if small else set()
    proved = {t.then for t in because if not t.given}
    formulas = [_read(h, numbers, letters, shown, proved) for h in (*statement.given, statement.then)]
    left = sorted({str(s) for b in formulas for s in b.free_symbols - (set(letters) if b in shown else set())})
    if left:
        raise NotProved(f"the point gives no value to {', '.join(left)}")
    return formulas[:-1], formulas[-1]


def _holds_everywhere(condition: Boolean, *given: Boolean) -> bool:
    """Whether exact evaluation shows it, or arithmetic for all real numbers that are quantified in front."""
    if decide(condition) is True:
        return True
    if isinstance(condition, ForAll):
        variable, guard, body = condition.args
        return _holds_everywhere(body, *(g for g in given if variable not in g.free_symbols), guard)
    try:
        _solve(given, condition)
    except NotProved:
        return False
    return True


def _read(
    formula: Boolean,
    numbers: Mapping[Any, Any],
    letters: Mapping[Any, ImmutableMatrix],
    shown: Collection[Boolean] = (),
    proved: Collection[Boolean] = (),
) -> Boolean:
    """The formula at the point, where it still says all that it said: t x/t has no value at t = 0, but SymPy makes x of it.

    What is `shown` keeps its letters; what is `proved`, without hypotheses, may be a condition of what the formula said.
    """
    after, *lost = put(formula, numbers)
    if after not in shown:
        needed = formula_conditions(after)
        after = interpret(after, letters)
        stays = formula_conditions(after) if needed else ()
        lost += [c for c in needed if interpret(c, letters) not in stays]
    for condition in (interpret(c, letters) for c in lost):
        if condition not in proved and not _holds_everywhere(condition):
            raise NotProved(f"{formula} has no value at the point unless {condition}")
    return after


def _settled(hypotheses: list[Boolean], because: tuple[Theorem, ...], letters: Mapping[Any, ImmutableMatrix]) -> list[Boolean]:
    """The hypotheses, each shown at the point: by exact evaluation, or from the theorems, which must apply themselves."""
    proved = {t.then for t in because if not t.given}
    shown = [h for h in hypotheses if h in proved or decide(h) is True]
    for t in because:
        # in order, so that no theorem rests on what it is to show
        for h in t.given:
            if h not in shown and decide(h) is not True and decide(_interpreted(h, letters)) is not True:
                raise NotProved(f"the theorem {t} needs {h}, which is not shown at the point")
        shown.append(t.then)
    for h in hypotheses:
        if h not in shown:
            try:
                _solve(tuple(shown), h)
            except NotProved:
                raise NotProved(f"the hypothesis {h} is not shown true (decided: {decide(h)})") from None
    return shown


def _interpreted(formula: Boolean, letters: Mapping[Any, ImmutableMatrix]) -> Boolean:
    try:
        return _read(formula, {}, letters)
    except NotProved:
        return formula


def _text(point: Mapping[Any, Any]) -> str:
    return ", ".join(f"{k} = {v}" for k, v in point.items())
