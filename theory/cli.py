"""The command `stepverdict`: verify, list, show, trust, cite.

Exit codes: 0 as recorded, 1 changed or failed, 2 bad usage or unwritable output, 130 interrupted, 141 pipe closed.

The proof libraries are imported only by the commands that prove.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from theory import __version__
from theory.catalog import (
    UNRECORDED,
    VERDICTS,
    Claim,
    UnknownClaim,
    load_claims,
    nearest,
    only,
    papers,
    recorded_verdicts,
    select,
)
from theory.terminal import Screen

if TYPE_CHECKING:
    from theory.verdict import Verdict

AS_RECORDED, CHANGED, BAD_USAGE = 0, 1, 2
INTERRUPTED = 128 + signal.SIGINT  # what a shell reports for a program that Ctrl-C ended
PIPE_CLOSED = 128 + 13  # likewise for SIGPIPE, which not every system has

app = typer.Typer(
    name="stepverdict",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
)

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID or GLOB]...", help="claims; all of them if none is named")]
OneId = Annotated[str, typer.Argument(metavar="ID", help="a claim, e.g. nar-sastry:theorem-1")]
Jobs = Annotated[str, typer.Option("--jobs", "-j", metavar="N", help="processes; as many as there are cores if not given")]


class BadUsage(Exception):
    """The command cannot do what was asked; the message is one line."""


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="print the version and exit")] = False,
) -> None:
    """Machine-checked theory of step sizes in gradient descent: the claims of five papers and their verdicts."""
    if version:
        print(f"stepverdict {__version__}")
        raise typer.Exit(AS_RECORDED)
    if context.invoked_subcommand is None:
        raise BadUsage("Missing command. (stepverdict --help)")


@app.command()
def verify(
    claims: Ids = None,
    json_file: Annotated[str | None, typer.Option("--json", metavar="FILE", help="write the ledger there; - is standard output")] = None,
    jobs: Jobs = "",
    record: Annotated[bool, typer.Option("--record", help="rewrite the recorded verdicts of these claims")] = False,
) -> int:
    """Prove and refute everything, and compare with the recorded verdicts."""
    chosen, workers = _chosen(claims), _jobs(jobs)
    target = _writable(json_file)
    screen = Screen(sys.stderr if json_file == "-" else None)
    start = time.perf_counter()
    verdicts = _verified(screen, chosen, workers)
    seconds = time.perf_counter() - start
    from theory.files import write_whole
    from theory.ledger import as_json

    if target is not None:
        text = json.dumps(as_json(verdicts, seconds), indent=1) + "\n"
        sys.stdout.write(text) if json_file == "-" else _written(target, lambda: write_whole(target, text))
    if record:
        return _record(screen, verdicts)
    from theory.report import summary

    summary(screen, verdicts, seconds)
    return AS_RECORDED if all(v.sound for v in verdicts) else CHANGED


def _record(screen: Screen, verdicts: list[Verdict]) -> int:
    from theory.catalog import recorded_path
    from theory.ledger import record
    from theory.report import problems

    refused: list[Verdict] = []
    _written(recorded_path(), lambda: refused.extend(record(verdicts)))
    for line in problems(refused):
        screen.line(line, "red")
    kept = f"; {len(refused)} with failed evidence were not recorded" if refused else ""
    screen.line(f"recorded {len(verdicts) - len(refused)} verdicts in theory/claims/{recorded_path().name}{kept}")
    return CHANGED if refused else AS_RECORDED


@app.command(name="list")
def list_claims(
    paper: Annotated[str | None, typer.Option(metavar="KEY", help="only this paper")] = None,
    verdict: Annotated[str | None, typer.Option(metavar="V", help="only this recorded verdict")] = None,
    kind: Annotated[str | None, typer.Option(metavar="K", help="only this kind: theorem, equation, ...")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="as JSON on standard output")] = False,
) -> int:
    """List the claims with their recorded verdicts."""
    kinds = sorted({c.kind for c in load_claims().values()})
    _one_of("paper", paper, papers())
    _one_of("verdict", verdict, (*VERDICTS, UNRECORDED))
    _one_of("kind", kind, kinds)
    recorded = recorded_verdicts()
    rows = [(c, recorded.get(c.id, UNRECORDED)) for c in load_claims().values()]
    rows = [(c, v) for c, v in rows if paper in (None, c.paper.key) and verdict in (None, v) and kind in (None, c.kind)]
    if as_json:
        fields = [{"id": c.id, "paper": c.paper.key, "kind": c.kind, "where": c.where, "verdict": v} for c, v in rows]
        sys.stdout.write(json.dumps(fields, indent=1) + "\n")
        return AS_RECORDED
    screen = Screen()
    screen.table(["claim", "verdict", "kind", "where"], [(c.id, v, c.kind, c.where) for c, v in rows], verdicts=1)
    screen.line(f"{len(rows)} claims; verdicts as recorded, `stepverdict verify` computes them")
    return AS_RECORDED


@app.command()
def show(
    claim: OneId,
    full: Annotated[bool, typer.Option("--full", help="all steps of long proofs beyond the paper too")] = False,
) -> int:
    """Show one claim: what is printed, what it says formally, and the proof or the counterexample."""
    only(claim)
    from theory import report
    from theory.judge import verify_claim

    screen = Screen()
    if screen.live:
        with screen.console.status("proving ..."):
            verdict = verify_claim(claim)
    else:
        verdict = verify_claim(claim)
    report.show(screen, verdict, full)
    return CHANGED if verdict.problems else AS_RECORDED


@app.command()
def trust(claims: Ids = None, jobs: Jobs = "") -> int:
    """Say what the proofs rest on: textbook facts and engines. Runs the proofs to find out."""
    chosen, workers = _chosen(claims), _jobs(jobs)
    from theory.ledger import ordered
    from theory.report import trust as report

    verdicts = ordered(_verified(Screen(sys.stderr), chosen, workers, quiet=True))
    report(Screen(), verdicts)
    return CHANGED if any(v.problems for v in verdicts) else AS_RECORDED


@app.command()
def cite(claim: OneId) -> int:
    """Print BibTeX of the paper with the claim's place, and of this project with its version and the verdict."""
    from theory.cite import bibtex

    Screen().line(bibtex(only(claim)))
    return AS_RECORDED


def _verified(screen: Screen, chosen: Sequence[Claim], jobs: int, quiet: bool = False) -> list[Verdict]:
    """All verdicts, with a progress bar on a terminal and a line a decided claim elsewhere."""
    from theory.ledger import ordered
    from theory.ledger import verify as verdicts_of
    from theory.report import progress_line

    found: list[Verdict] = []
    with screen.bar(len(chosen)) as done:
        for v in verdicts_of(chosen, jobs):
            found.append(v)
            done(v.id)
            if not screen.live and not quiet and (v.verdict != "open" or v.problems):
                screen.line(progress_line(v))
    return ordered(found)


def _chosen(patterns: Iterable[str] | None) -> list[Claim]:
    wanted = list(patterns or ())
    if any(not p.strip() for p in wanted):
        raise BadUsage("an empty pattern matches no claim; leave it out to name all claims")
    return select(wanted)


def _jobs(given: str) -> int:
    if not given:
        return os.cpu_count() or 1
    if not (given.isascii() and given.isdigit() and int(given) >= 1):
        raise BadUsage(f"--jobs is the number of processes, 1 or more; found {given!r}")
    return int(given)


def _one_of(option: str, given: str | None, known: Iterable[str]) -> None:
    names = list(known)
    if given is not None and given not in names:
        raise BadUsage(f"no {option} {given!r}; there are {', '.join(names)}{nearest(given, names)}")


def _writable(name: str | None) -> Path | None:
    """The path, if a file can be written there: found out before minutes of proving, not after."""
    if name is None or name == "-":
        return None if name is None else Path(name)
    if not name.strip():
        raise BadUsage("--json needs the name of a file, found an empty one")
    path = Path(name).resolve()
    if path.is_dir():
        raise BadUsage(f"--json {name}: is a folder; name a file in it")
    if not path.parent.is_dir():
        raise BadUsage(f"--json {name}: the folder {path.parent} does not exist")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise BadUsage(f"--json {name}: not writable")
    return path


def _written(path: Path, action: object) -> None:
    try:
        action()  # type: ignore[operator]
    except OSError as error:
        raise BadUsage(f"{path} was not written: {error.strerror or error}") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; every failure is one line on standard error."""
    try:
        code = app(list(sys.argv[1:] if arguments is None else arguments), prog_name="stepverdict", standalone_mode=False)
        sys.stdout.flush()
        if code == INTERRUPTED:  # typer's answer to Ctrl-C
            raise KeyboardInterrupt
    except BaseException as error:
        return _failed(error)
    return int(code or 0)


def _failed(error: BaseException) -> int:
    if isinstance(error, (KeyboardInterrupt, typer.Abort)):
        return _said("interrupted; nothing was written", INTERRUPTED)
    # typer turns a closed pipe into an exit of its own
    if isinstance(error, SystemExit) or _is_closed_pipe(error):
        _silence()
        return PIPE_CLOSED
    if isinstance(error, (BadUsage, UnknownClaim)):
        return _said(str(error.args[0]), BAD_USAGE)
    if hasattr(error, "format_message"):
        return _said(f"{error.format_message()} (stepverdict --help)".replace("\n", " "), BAD_USAGE)
    if isinstance(error, OSError):
        _silence()
        return _said(f"cannot write: {error.strerror or error}", BAD_USAGE)
    if type(error).__name__ == "BrokenEvidence" or isinstance(error, ValueError):
        return _said(" ".join(str(error).split()), CHANGED)
    raise error


def _is_closed_pipe(error: BaseException) -> bool:
    return isinstance(error, OSError) and error.errno == errno.EPIPE


def _silence() -> None:
    """Nothing more can be written to standard output; Python must not try again when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _said(message: str, code: int) -> int:
    print(f"stepverdict: {message}", file=sys.stderr)
    return code


__all__ = ["app", "main"]
