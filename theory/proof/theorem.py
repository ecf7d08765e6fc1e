"""What a theorem is: `given |- then`, made by a rule of this package and by nothing else.

Its free symbols stand for every value of their sort. Only the functions registered here with `rule` can build one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, ParamSpec
from weakref import WeakKeyDictionary

from sympy import Basic, S, Symbol, sympify

from theory.proof.language import check_sorts
from theory.proof.logic import (
    Boolean,
    is_relation,
)
from theory.proof.sizes import Changed, forgotten
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
    changed: tuple[Changed, ...] = (),
) -> Theorem:
    genuine(*premises)
    hypotheses = tuple(dict.fromkeys(sympify(h) for h in given))
    conclusion = sympify(then)
    for part in (*hypotheses, conclusion):
        if not is_relation(part):
            raise KernelError(f"{rule}: {part!r} is no SymPy relation")
    check_sorts((*hypotheses, conclusion))
    hypotheses = tuple(h for h in hypotheses if h is not S.true)
    _keep_sizes(rule, (*hypotheses, conclusion), premises, changed)
    return Theorem(
        _SEAL,
        rule=rule,
        given=hypotheses,
        then=conclusion,
        reason=reason,
        premises=premises,
        trusts=frozenset(trusts),
    )


def _keep_sizes(rule: str, formulas: tuple[Boolean, ...], premises: tuple[Theorem, ...], changed: tuple[Changed, ...]) -> None:
    """The formulas say of the sizes of identity matrices what the premises say; of a formula that was changed, with what it became."""
    before = {formula for formula, _ in changed}
    said = (f for p in premises for f in (*p.given, p.then) if f not in before)
    lost = forgotten(formulas, said, changed)
    if lost is not None:
        raise NotProved(f"{rule}: in the premises these identity matrices are of one size, in what follows they need not be: {lost}")


def check_terms(what: str, terms: Any) -> None:
    """Terms that a rule puts into formulas are words of the language: SymPy may compute with infinity or i until neither is seen any more.

    Raises:
        KernelError: names the term; |i A|^2 >= 0 would read -|A|^2 >= 0, and 2**n < 3**n at n = oo is False to SymPy.
    """
    for term in terms:
        if isinstance(term, tuple | list):
            check_terms(what, term)
        elif isinstance(term, str) and isinstance(sympify(term), Symbol):
            continue  # a name, as of one of several parts of a meaning
        elif isinstance(sympify(term), Basic):
            try:
                check_sorts((term,))
            except ValueError as error:
                raise KernelError(f"{what}: {error}") from None


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


def genuine(*candidates: Any) -> None:
    """Raise `KernelError` unless each of these was made by a rule and is as it was made."""
    for candidate in candidates:
        if type(candidate) is not Theorem:
            raise KernelError(f"a rule needs theorems, found {candidate!r} of type {type(candidate).__name__}")
        parts = (candidate.given, candidate.then, candidate.premises, candidate.trusts) if candidate in _GENUINE else ()
        if len(parts) != 4 or any(a is not b for a, b in zip(parts, _GENUINE[candidate], strict=True)):
            raise KernelError("this Theorem was not made by a rule, or was altered since")
