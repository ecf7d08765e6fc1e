"""The ledger as text: one claim for a student, the summary of a run, and what the proofs rest on."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

from rich.text import Text

from theory.catalog import VERDICTS, papers
from theory.plain import readable
from theory.terminal import STYLES, Screen, elided
from theory.verdict import Verdict

ENGINES = {
    "sympy": ("sympy", "symbolic normal forms, exact rational arithmetic"),
    "flint": ("python-flint", "balls and exact algebraic numbers"),
    "z3": ("z3-solver", "polynomial inequalities over the reals"),
}
LONGEST = 400  # characters of a formula on a terminal; the JSON has them all
CONTRADICTION = "a contradiction"  # how the text of a formula says "false"
SHORT = 24  # characters of a hypothesis that may share its line
HEADINGS = {
    "refuted": "Proof that the printed form is false",
    "amended": "Proof of the amended form",
    "formal": "Proof",
    "beyond": "Beyond the paper",
}
FEW_STEPS = 20  # of a theorem beyond the paper, to be shown unasked
FORMULAS = 44  # columns of a step's formula before its reason moves to the next line


def show(screen: Screen, v: Verdict, full: bool = False) -> None:
    """One claim: what is printed, what it says formally, and everything that earned its verdict.

    Of theorems beyond the paper that take many steps only `full` prints the steps.
    """
    _head(screen, v)
    _statements(screen, v)
    for proof in v.proofs:
        _proof(screen, v.id, proof, headed=len(v.proofs) > 1 or proof["of"] == "refuted", full=full)
    _checks(screen, v)
    _sources(screen, v)
    for problem in v.problems:
        screen.block("PROBLEM", elided(problem, LONGEST), "red")
    screen.block("Cite", f"stepverdict cite {v.id}")


def _head(screen: Screen, v: Verdict) -> None:
    title = f"{v.id} · {v.kind} · {v.where}"
    gap = max(2, screen.width - len(title) - len(v.verdict))
    screen.line(Text.assemble((title, "bold"), " " * gap, (v.verdict.upper(), f"bold {STYLES.get(v.verdict, '')}".strip())))
    if v.expected not in (None, v.verdict):
        screen.line(f"the recorded verdict is {v.expected}", "red")
    screen.line()


def _statements(screen: Screen, v: Verdict) -> None:
    screen.block("As printed", readable(v.printed))
    if v.formal:
        _statement(screen, "Formally", v.formal)
    if v.counterexample:
        screen.line()
        point = ", ".join(f"{k} = {value}" for k, value in v.counterexample.items())
        screen.block("Refuted at", elided(point, LONGEST))
        if v.refutation:
            screen.block("", _failure(v.refutation["shown"]))
    if v.why:
        screen.block("Why", readable(v.why))
    if v.amended:
        screen.line()
        same = v.formal is not None and v.formal["names"] == v.amended["names"]
        _statement(screen, "Amended", v.amended | {"names": []} if same else v.amended)


def _failure(shown: str) -> str:
    """What the printed conclusion says at the counterexample; often it is false by evaluation, and nothing is left to show."""
    return "there all hypotheses hold and the conclusion is " + ("false" if shown == CONTRADICTION else f"{elided(shown, LONGEST)}: false")


def _statement(screen: Screen, label: str, statement: dict[str, Any]) -> None:
    given = [elided(h, LONGEST) for h in statement["given"]]
    then = elided(statement["then"], LONGEST)
    one_line = f"{', '.join(given)}  =>  {then}" if given else then
    if len(one_line) <= screen.width - len(label):
        screen.block(label, one_line)
    else:
        first, *others = (elided(part, LONGEST) for part in statement["then_parts"])
        screen.rows(label, [*_packed(given), f"=>  {first}", *(f"    and {part}" for part in others)], hang=4)
    if statement["names"]:
        screen.rows("Here", statement["names"], hang=4)


def _packed(given: list[str]) -> list[str]:
    """Neighbouring short hypotheses on one line."""
    lines: list[str] = []
    for h in given:
        if lines and len(h) <= SHORT and len(lines[-1]) <= 2 * SHORT and ":" not in lines[-1]:
            lines[-1] += f", {h}"
        else:
            lines.append(h)
    return lines


def _proof(screen: Screen, claim: str, proof: dict[str, Any], headed: bool, full: bool) -> None:
    screen.line()
    if headed:
        screen.line(HEADINGS[proof["of"]], "bold")
    if proof["of"] == "beyond":
        _statement(screen, "Formally", proof["statement"])
    if proof["about"]:
        screen.block("Idea", proof["about"])
    steps = proof["steps"]
    if proof["of"] == "beyond" and len(steps) > FEW_STEPS and not full:
        screen.block("" if headed else "Proof", f"in {len(steps)} steps: `stepverdict show {claim} --full` prints them")
        return
    screen.rows("" if headed else "Proof", [line for step in steps for line in step_lines(step)], hang=6)


def step_lines(step: dict[str, Any]) -> list[str]:
    """One step of a proof: its number, what it says, under which hypotheses of its own, and why.

    Example:
        >>> step_lines({"n": 2, "then": "x > 0", "under": ["x^3 > 0"], "reason": "cube root", "uses": [1], "name": ""})
        ['2. x > 0   if x^3 > 0                        (1; cube root)']
    """
    condition = f"   if {', '.join(elided(h, LONGEST // 2) for h in step['under'])}" if step["under"] else ""
    used = f"{', '.join(map(str, step['uses']))}; " if step["uses"] else ""
    says = f"{step['n']}. {elided(step['then'], LONGEST)}{condition}"
    reason = f"({used}{elided(step['reason'] or step['name'], LONGEST)})"
    return [f"{says.ljust(FORMULAS)} {reason}"] if len(says) < FORMULAS else [says, f"   {reason}"]


def _checks(screen: Screen, v: Verdict) -> None:
    if v.proofs or v.mutants:
        screen.line()
    if v.tightness:
        word = {True: "yes", False: "no", None: "not known"}[v.tight]
        screen.block("Tight", f"{word}: {readable(v.tightness)}")
    if v.witness:
        screen.block("Holds at", elided(", ".join(f"{k} = {value}" for k, value in v.witness.items()), LONGEST))
    if v.mutants:
        screen.block("Mutants", f"{v.mutants['rejected']} of {v.mutants['total']} wrong variants rejected")
        for m in v.mutant_list:
            fate = f"fails at {elided(m['at'], LONGEST // 2)}" if m["rejected"] == "yes" else "SURVIVES"
            screen.rows("", [f"- {m['what']}: {fate}"], hang=2)


def _sources(screen: Screen, v: Verdict) -> None:
    if v.trusts:
        screen.block("Trusts", " · ".join(v.trusts))
    for kind in ("proof", "refutation", "measurement", "implementation", "test", "demo"):
        places = [e["where"] for e in v.evidence if e["kind"] == kind]
        if places:
            screen.rows(f"{kind.capitalize()}s" if kind != "proof" else "Written in", places)


def summary(screen: Screen, verdicts: Sequence[Verdict], seconds: float) -> None:
    """A table paper x verdict, then what changed, what fell and what took longest."""
    used = [name for name in VERDICTS if any(v.verdict == name for v in verdicts)]
    rows = []
    for key in papers():
        own = [v for v in verdicts if v.paper == key]
        if own:
            counts = Counter(v.verdict for v in own)
            rows.append([key, *(str(counts[n] or ".") for n in used), str(len(own)), f"{sum(v.seconds for v in own):.1f}"])
    screen.table(["paper", *used, "claims", "seconds"], rows)
    for line in problems(verdicts):
        screen.line(line, "red")
    slowest = max(verdicts, key=lambda v: v.seconds, default=None)
    if slowest is not None and slowest.seconds >= 1:
        screen.line(f"slowest: {slowest.id}, {slowest.seconds:.1f} s")
    failed = not all(v.sound for v in verdicts)
    new = sum(v.expected is None for v in verdicts)
    changed = sum(v.expected not in (None, v.verdict) for v in verdicts)
    broken = sum(bool(v.problems) for v in verdicts)
    outcome = f"{changed} changed, {broken} with failed evidence, {new} without a record" if failed else "all as recorded"
    screen.line(f"{len(verdicts)} claims in {seconds:.1f} s: {outcome}", "red" if failed else "green")


def problems(verdicts: Iterable[Verdict]) -> list[str]:
    """One line for each claim that changed, and one for each piece of evidence that failed."""
    lines, new = [], 0
    for v in verdicts:
        lines += [f"failed   {v.id}: {elided(' '.join(p.split()), LONGEST)}" for p in v.problems]
        if v.expected is None:
            new += 1
        elif v.verdict != v.expected:
            lines.append(f"changed  {v.id}: recorded {v.expected}, now {v.verdict}")
    if new:
        lines.append(f"new      {new} claims have no recorded verdict; `stepverdict verify --record` records them")
    return lines


def progress_line(v: Verdict) -> str:
    """One claim, done: its verdict, its id and its time."""
    return f"{v.verdict:<15}{v.id}" + (f"  {v.seconds:.1f} s" if v.seconds >= 0.05 else "")


def trust(screen: Screen, verdicts: Sequence[Verdict]) -> None:
    """What the proofs rest on: textbook facts with their references and the claims that use them; engines, versions."""
    from theory.proof import FACTS

    facts = sorted({t for v in verdicts for t in v.trusts if t.startswith("fact:")})
    screen.line("Textbook facts", "bold")
    for name in facts:
        known = FACTS.get(name.removeprefix("fact:"))
        screen.line(f"- {name.removeprefix('fact:')}")
        screen.rows("  says", [known.says if known else "built into a rule of the kernel; its docstring proves or cites it"])
        if known:
            screen.rows("  reference", [known.reference])
        screen.rows("  used by", [", ".join(v.id for v in verdicts if name in v.trusts)])
    if not facts:
        screen.line("none")
    screen.line()
    meanings = sorted({t for v in verdicts for t in v.trusts if t.startswith("meaning:")})
    if meanings:
        screen.line("Definitions of named notions: what they say where a proof unfolds them", "bold")
    for name in meanings:
        screen.line(f"- {name.removeprefix('meaning:')}")
        screen.rows("  used by", [", ".join(v.id for v in verdicts if name in v.trusts)])
    if meanings:
        screen.line()
    screen.line("Engines", "bold")
    rows = [(e, sum(e in v.trusts for v in verdicts)) for e in ENGINES]
    screen.table(
        ["engine", "version", "claims", "for"],
        [[ENGINES[e][0], version(ENGINES[e][0]), str(count), ENGINES[e][1]] for e, count in rows],
    )
    screen.line(f"Python {platform.python_version()}; and the kernel's own rules, in theory/proof")


__all__ = ["problems", "progress_line", "show", "step_lines", "summary", "trust"]
