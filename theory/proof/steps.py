"""A proof as numbered steps that a student can follow: what each says, under which hypotheses, why, and from what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from theory.proof.render import conditions_text, formula_latex, formula_text
from theory.proof.theorem import (
    Theorem,
)

# Bookkeeping that a reader need not see: the step passes its premises on.
SILENT = frozenset({"assume", "weaken", "cut", "matches", "part", "discharge", "conjunction"})

# What a rule is called in a text; a rule without a name here goes by its own.
NAMES = {
    "absurd": "contradiction",
    "cite": "textbook fact",
    "define": "definition",
    "derivative": "differentiation",
    "equal_words": "matrix algebra",
    "evaluate": "computation",
    "exhibit": "example",
    "follows": "inequality",
    "generalize": "for every value",
    "identity": "algebra",
    "image_tends": "limit",
    "induction": "induction",
    "instance": "special case",
    "monotone_orbit": "limit",
    "no_two_cycles": "limit",
    "rename_orbit": "renaming",
    "rewrite": "substitution",
    "specialize": "special case",
    "sum_congruence": "summation",
}


def proof_steps(theorem: Theorem, cited: Callable[[Theorem], str | None] = lambda _: None) -> list[dict[str, Any]]:
    """The proof as plain data, premises before what follows from them.

    Args:
        theorem: the last theorem of the proof.
        cited: the name under which a premise is already known, or None; a known premise is one step, without its own proof.

    Returns:
        For each step: `n`, `name` (of the rule, for a reader), `rule`, `then`, `latex`, `under` (its hypotheses that the
        claim does not give), `reason`, and `uses` (the numbers of the steps it follows from).
    """
    seen: dict[int, tuple[int, ...]] = {}
    known: dict[Any, int] = {}
    steps: list[dict[str, Any]] = []
    for t, name in _with_names(theorem, cited):
        uses = () if name else tuple(sorted({n for p in t.premises for n in seen[id(p)]}))
        key = (t.given, t.then, t.reason)
        if key in known:
            seen[id(t)] = (known[key],)
        elif not name and _is_bookkeeping(t, theorem, uses, steps):
            seen[id(t)] = uses
        else:
            steps.append(_step(len(steps) + 1, t, theorem, uses) | ({"name": "proved", "reason": name} if name else {}))
            known[key] = len(steps)
            seen[id(t)] = (len(steps),)
    return steps


def _with_names(theorem: Theorem, cited: Callable[[Theorem], str | None]) -> list[tuple[Theorem, str | None]]:
    """The theorems that the steps show, premises first, each with the name under which it is cited; below a cited one nothing is shown."""
    shown: dict[int, tuple[Theorem, str | None]] = {}

    def visit(t: Theorem) -> None:
        if id(t) in shown:
            return
        name = cited(t)
        for premise in () if name else t.premises:
            visit(premise)
        shown[id(t)] = (t, name)

    visit(theorem)
    return list(shown.values())


def _is_bookkeeping(t: Theorem, last: Theorem, uses: tuple[int, ...], steps: list[dict[str, Any]]) -> bool:
    """Whether the step says nothing new; the last step is shown unless the step before it already says the same."""
    if t.rule not in SILENT:
        return False
    return t is not last or bool(steps and steps[-1]["n"] in uses and steps[-1]["then"] == formula_text(t.then))


def _step(number: int, t: Theorem, last: Theorem, uses: tuple[int, ...]) -> dict[str, Any]:
    return {
        "n": number,
        "name": "conclusion" if t.rule in SILENT else NAMES.get(t.rule, t.rule.replace("_", " ")),
        "rule": t.rule,
        "then": formula_text(t.then),
        "latex": formula_latex(t.then),
        "under": conditions_text(h for h in t.given if h not in last.given),
        "reason": t.reason,
        "uses": list(uses),
    }


__all__ = ["NAMES", "SILENT", "proof_steps"]
