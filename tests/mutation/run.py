"""Mutation testing: break the code in many small ways, and count how often a test or a claim turns red.

    python -m tests.mutation.run [TARGET ...]        or   make mutants

Mutants are made by cosmic-ray (and by `operators`), in a temporary copy of the tree, never in the checkout. A sample of each module's
mutants is drawn; the same seed gives the same sample. A run that is interrupted goes on where it stopped, from build/mutation. Survivors
are either listed in `equivalent.toml`, with the reason, or are holes in the tests.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cosmic_ray.plugins
from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test, mutate_code
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkItem

from tests.mutation.operators import Provider
from tests.mutation.spans import inert_spans, inside

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build" / "mutation"
RESULTS = HERE / "results"
UNCOPIED = shutil.ignore_patterns(".git", ".venv*", "build", "__pycache__", ".*_cache", ".hypothesis", "*.sqlite", "*.egg-info")
VERSIONS = ("cosmic-ray", "pytest", "hypothesis", "sympy", "python-flint", "z3-solver", "numpy", "torch")

cosmic_ray.plugins.OPERATOR_PROVIDERS["kernel"] = Provider()


@dataclass(frozen=True)
class Mutant:
    """One small break: what it does to which line, and why it is equivalent if it is."""

    module: str
    line: int
    definition: str
    operator: str
    before: str
    after: str
    equivalent: str | None = None


def load_settings() -> dict[str, Any]:
    """The settings of `targets.toml`."""
    return tomllib.loads((HERE / "targets.toml").read_text(encoding="utf-8"))


def judged_equivalent() -> dict[tuple[str, str, str], str]:
    """(module, line before, line after) -> why no test can tell the two apart."""
    entries = tomllib.loads((HERE / "equivalent.toml").read_text(encoding="utf-8"))["equivalent"]
    return {(e["module"], e["before"], e["after"]): e["why"] for e in entries}


def modules_of(target: dict[str, Any]) -> list[str]:
    """The modules of a target, as paths from the root."""
    found = {str(p.relative_to(ROOT)) for pattern in target["modules"] for p in ROOT.glob(pattern)}
    return sorted(found - set(target["without"]))


def draw(items: list[WorkItem], source: str, seed: int, count: int) -> list[WorkItem]:
    """A random sample that an edit elsewhere in the module leaves as it is: the items with the least keyed hashes."""
    lines, seen = source.splitlines(), {}

    def key(item: WorkItem) -> str:
        (spec,) = item.mutations
        name = f"{seed}:{spec.operator_name}:{spec.definition_name}:{lines[spec.start_pos[0] - 1].strip()}:{spec.start_pos[1]}"
        seen[name] = seen.get(name, 0) + 1  # two mutants of one operator at one place
        return hashlib.sha256(f"{name}:{seen[name]}".encode()).hexdigest()

    return [item for _, item in sorted((key(i), i) for i in items)[:count]]


def open_session(module: str, settings: dict[str, Any], seed: int, count: int) -> tuple[Path, int]:
    """The sampled mutants of a module in a database of cosmic-ray, new unless it exists; and how many mutants there are."""
    source = (ROOT / module).read_text(encoding="utf-8")
    names = {f"core/{n}" for n in settings["operators"]["core"]} | {f"kernel/{n}" for n in Provider()}
    spans = inert_spans(source, settings["skipped"]["budgets"], settings["skipped"]["functions"])
    with use_db(":memory:") as everything:
        init([Path(module)], everything, {})
        items = [i for i in everything.work_items if _wanted(i.mutations[0], names, spans)]
    stamp = hashlib.sha256(f"{source}{seed}{count}{sorted(names)}{settings['skipped']}".encode()).hexdigest()[:12]
    path = BUILD / f"{module.replace('/', '.')}-{stamp}.sqlite"
    if not path.exists():
        with use_db(path) as session:
            session.add_work_items(draw(items, source, seed, count))
    return path, len(items)


def _wanted(spec: MutationSpec, names: set[str], spans: list[Any]) -> bool:
    return spec.operator_name in names and not inside(spec.start_pos, spans)


def checks(module: str, target: dict[str, Any], quick: bool) -> str:
    """The shell command that must fail on a mutant: what is nearest to the module, and then, unless it is to be quick, everything."""
    python = shlex.quote(sys.executable)
    pytest = f"{python} -m pytest -x -q -p no:cacheprovider --hypothesis-profile=dev --hypothesis-seed=0"
    source = (ROOT / module).read_text(encoding="utf-8")
    doctests = [module] if ">>>" in source else []  # pytest fails where it finds no test
    own = [str(p.relative_to(ROOT)) for p in ROOT.glob(f"tests/**/test_{Path(module).stem}.py")]
    nearest = [path for path, stems in target.get("nearest", {}).items() if Path(module).stem in stems]
    first = list(dict.fromkeys([*doctests, *nearest, *own, *target["first"]]))
    claims = sorted(set(re.findall(r"\"([a-z-]+:[a-z0-9-]+)\"", source)))
    steps = [f"{pytest} {' '.join(first)}"] if first else []
    if claims:
        steps.append(f"{python} -m theory verify {' '.join(claims)}")
    if not quick or not steps:
        steps.append(f"{pytest} {' '.join(target['tests'])}")
    if target["claims"] and not quick:
        steps.append(f"{python} -m theory verify {' '.join(map(shlex.quote, target['claims']))}")
    return f"sh -c {shlex.quote(' && '.join(steps))}"


def execute(session: WorkDB, command: str, timeout: float, title: str, quick: bool) -> list[float]:
    """Run the checks on every mutant that has no result yet; the seconds each took. What survives quick checks is tried again later."""
    pending, seconds = session.pending_work_items, []
    for number, item in enumerate(pending, 1):
        start = time.perf_counter()
        result = mutate_and_test(item.mutations, command, timeout)
        if not (quick and result.test_outcome is TestOutcome.SURVIVED):
            session.set_result(item.job_id, result)
        seconds.append(time.perf_counter() - start)
        (spec,) = item.mutations
        outcome = str(result.test_outcome.value if result.test_outcome else result.worker_outcome.value)
        print(
            f"{title} {number:3}/{len(pending)}  line {spec.start_pos[0]:3}  {outcome:9} {seconds[-1]:6.1f} s  {spec.operator_name}",
            flush=True,
        )
    return seconds


def unnoticed(session: WorkDB, module: str, judged: dict[tuple[str, str, str], str]) -> Iterator[Mutant]:
    """The mutants that no check noticed (so far)."""
    source = (ROOT / module).read_text(encoding="utf-8")
    survived = [item for item, result in session.completed_work_items if result.test_outcome is TestOutcome.SURVIVED]
    for item in (*survived, *session.pending_work_items):
        (spec,) = item.mutations
        before, after = changed_lines(source, spec)
        name = spec.operator_name.partition("/")[2]
        yield Mutant(module, spec.start_pos[0], spec.definition_name or "", name, before, after, judged.get((module, before, after)))


def changed_lines(source: str, spec: MutationSpec) -> tuple[str, str]:
    """The lines that a mutant changes, as they were and as they become."""
    operator = cosmic_ray.plugins.get_operator(spec.operator_name)()
    old, new = source.splitlines(), mutate_code(source, operator, spec.occurrence).splitlines()
    head = next(i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
    tail = next(i for i, (a, b) in enumerate(zip(old[::-1], new[::-1], strict=False)) if a != b)
    return tuple(" ".join(" ".join(lines[head : len(lines) - tail]).split()) for lines in (old, new))


def run_module(module: str, target: dict[str, Any], settings: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """Sample, run and count the mutants of one module."""
    command = checks(module, target, options.quick)
    path, total = open_session(module, settings, options.seed, options.sample)
    with use_db(path) as session:
        if options.retry:
            _forget_survivors(path)
        seconds = execute(session, command, settings["timeout"], module, options.quick)
        alive = sorted(unnoticed(session, module, judged_equivalent()), key=lambda m: (m.line, m.operator))
        tested = session.num_work_items
    equivalent = sum(m.equivalent is not None for m in alive)
    killed = tested - len(alive)
    return {
        "module": module,
        "mutants": total,
        "sampled": tested,
        "killed": killed,
        "equivalent": equivalent,
        "score": round(killed / (tested - equivalent), 3) if tested > equivalent else None,
        "seconds_per_mutant": round(sum(seconds) / len(seconds), 1) if seconds else None,
        "survivors": [asdict(m) for m in alive],
    }


def _forget_survivors(path: Path) -> None:
    """Survivors are run again, e.g. after a test was added; what was killed stays killed."""
    import sqlite3

    with sqlite3.connect(path) as database:
        database.execute("delete from work_results where test_outcome = 'SURVIVED'")


def demand_green(commands: dict[str, str]) -> None:
    """Without mutants every check passes; otherwise every mutant would look killed.

    Raises:
        SystemExit: names the command.
    """
    for module, command in commands.items():
        print(f"{module}: the checks without a mutant", flush=True)
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{command}\nfails without any mutant:\n{done.stdout[-3000:]}{done.stderr[-2000:]}")


def report(name: str, modules: list[dict[str, Any]], options: argparse.Namespace) -> dict[str, Any]:
    """The numbers of one target, as they are stored."""
    killed, counted = (sum(m["killed"] for m in modules), sum(m["sampled"] - m["equivalent"] for m in modules))
    return {
        "target": name,
        "score": round(killed / counted, 3),
        "killed": killed,
        "counted": counted,
        "seed": options.seed,
        "sample": options.sample,
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": {v: version(v) for v in VERSIONS},
        "modules": modules,
    }


def main(argv: list[str] | None = None) -> None:
    """Run the targets named (all without a name), print the scores, and store them under tests/mutation/results."""
    settings = load_settings()
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*", help=f"any of {', '.join(settings['targets'])}; all targets if left out")
    parser.add_argument("--sample", type=int, default=settings["sample"], help="mutants a module (%(default)s)")
    parser.add_argument("--seed", type=int, default=settings["seed"], help="of the sample (%(default)s)")
    parser.add_argument("--retry", action="store_true", help="run the survivors of the last run again")
    parser.add_argument("--quick", action="store_true", help="only the first checks, nothing is stored: where tests are missing")
    options = parser.parse_args(argv)

    for name in options.targets:
        if name not in settings["targets"]:
            parser.error(f"no target {name!r}: expected {', '.join(settings['targets'])}")
    BUILD.mkdir(parents=True, exist_ok=True)
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        tree = shutil.copytree(ROOT, Path(folder) / "tree", ignore=UNCOPIED)  # only this copy is ever mutated
        os.chdir(tree)
        for name in options.targets or settings["targets"]:
            run_target(name, settings, options)
        os.chdir(ROOT)


def run_target(name: str, settings: dict[str, Any], options: argparse.Namespace) -> None:
    """Run, print and (unless only the first checks were run) store one target."""
    target = settings["targets"][name]
    modules = modules_of(target)
    demand_green({m: checks(m, target, options.quick) for m in modules[:1]})
    found = report(name, [run_module(m, target, settings, options) for m in modules], options)
    if not options.quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{name}.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    show(found)


def show(found: dict[str, Any]) -> None:
    """The score of each module, and every survivor that is not known to be equivalent."""
    print(f"\n{found['target']}: {found['killed']} of {found['counted']} noticed, {found['score']:.1%}")
    for m in found["modules"]:
        score = "-" if m["score"] is None else f"{m['score']:.0%}"
        print(f"  {m['module']:42} {m['killed']:3} of {m['sampled']:3} of {m['mutants']:4}, {m['equivalent']:2} equivalent  {score:>5}")
    for m in found["modules"]:
        for s in m["survivors"]:
            if s["equivalent"] is None:
                print(f"\n  {s['module']}:{s['line']} {s['definition']} {s['operator']}\n    - {s['before']}\n    + {s['after']}")


if __name__ == "__main__":
    main()
