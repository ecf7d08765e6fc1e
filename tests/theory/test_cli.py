"""The command as its user meets it: what it prints, what it writes, and how it ends."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from theory import judge
from theory.cli import main

ROOT = Path(__file__).parent.parent.parent
COMMAND = [sys.executable, "-m", "theory"]


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, piped."""
    settings = {"capture_output": True, "text": True, "timeout": 120, "check": False, "cwd": ROOT} | options
    return subprocess.run([*COMMAND, *arguments], **settings)


# Bad usage: one line on standard error that says what to do, and exit code 2

BAD_USAGE = [
    (["verify", ""], "an empty pattern"),
    (["verify", "nar-sastry:theorm-1"], "nearest: nar-sastry:theorem-1"),
    (["verify", "zzz*"], "`stepverdict list` shows all ids"),
    (["verify", "--jobs", "0"], "--jobs is the number of processes, 1 or more; found '0'"),
    (["verify", "--jobs", "-1"], "found '-1'"),
    (["verify", "--jobs", "x"], "found 'x'"),
    (["verify", "--jobs", "1.5"], "found '1.5'"),
    (["verify", "--json", ""], "found an empty one"),
    (["verify", "--json", "."], "is a folder"),
    (["verify", "--json", "no/such/folder/x.json"], "does not exist"),
    (["verify", "--wrong"], "No such option: --wrong"),
    (["list", "--paper", "nar-sastri"], "nearest: nar-sastry"),
    (["list", "--verdict", "true"], "there are proved, amended"),
    (["list", "--kind", "lema"], "nearest: lemma"),
    (["show"], "Missing argument"),
    (["show", "nar-sastry:theorem-*"], "no claim is called 'nar-sastry:theorem-*'; nearest: nar-sastry:theorem-"),
    (["show", "NAR-SASTRY:THEOREM-1"], "nearest: nar-sastry:theorem-1"),
    (["show", "a:b", "c:d"], "unexpected extra argument"),
    (["cite", "theorem-1"], "no claim is called 'theorem-1'"),
    (["trust", "nothing"], "no claim matches 'nothing'"),
    (["prove"], "No such command 'prove'"),
    ([], "Missing command"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_USAGE, ids=lambda a: " ".join(a) if isinstance(a, list) else "")
def test_bad_usage_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], message: str) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1 and err.startswith("stepverdict: ")


def test_a_process_ends_with_that_code_too() -> None:
    done = run("show", "nar-sastry:theorem-0")
    assert done.returncode == 2
    assert "nearest: nar-sastry:theorem-" in done.stderr


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert re.fullmatch(r"stepverdict \d+\.\d+\.\d+\S*\n", capsys.readouterr().out)


# list and cite read the recorded verdicts and import no proof library


def test_list_is_light() -> None:
    code = "import sys; from theory.cli import main; main(['list']); print([m for m in sys.modules if m in "
    code += "('sympy', 'z3', 'flint', 'torch', 'numpy')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


def test_list_filters(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--verdict", "amended"]) == 0
    header, row, total = capsys.readouterr().out.splitlines()
    assert header.split() == ["claim", "verdict", "kind", "where"]
    assert row.split(maxsplit=3) == ["toy-paper:mended", "amended", "theorem", "Sec. mended"]
    assert total.startswith("1 claims; verdicts as recorded")
    assert main(["list", "--kind", "prose", "--paper", "toy-paper", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [r["id"] for r in rows] == ["toy-paper:said", "toy-paper:unknown", "toy-paper:untouched"]
    assert set(rows[0]) == {"id", "paper", "kind", "where", "verdict"}


def test_list_says_when_nothing_is_recorded(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (toy / "verdicts.json").unlink()
    assert main(["list", "--verdict", "unrecorded"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("7 claims")


def test_cite_names_paper_place_version_and_verdict(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cite", "toy-paper:true"]) == 0
    out = capsys.readouterr().out
    assert r"Toys \& [brackets]" in out and "{Sec. true}" in out and "@misc{toy-paper-2020," in out
    assert "verdict on toy-paper:true: proved" in out and "@software{stepverdict-" in out


# verify


def test_verify_agrees_with_the_record(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--jobs", "1"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert any(line.startswith("proved         toy-paper:true") for line in out)
    assert out[-1].endswith(": all as recorded")
    row = next(line for line in out if line.startswith("toy-paper "))
    assert row.split()[:8] == ["toy-paper", "1", "1", "1", "1", "1", "2", "7"]


def test_a_changed_verdict_is_named_and_fails(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded = json.loads((toy / "verdicts.json").read_text())
    (toy / "verdicts.json").write_text(json.dumps(recorded | {"toy-paper:untouched": "proved"}))
    assert main(["verify", "-j1"]) == 1
    assert "changed  toy-paper:untouched: recorded proved, now open" in capsys.readouterr().out


def test_a_claim_without_a_record_fails_until_it_is_recorded(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (toy / "verdicts.json").unlink()
    assert main(["verify", "-j1"]) == 1
    assert "7 claims have no recorded verdict; `stepverdict verify --record`" in capsys.readouterr().out
    assert main(["verify", "-j1", "--record"]) == 0
    assert main(["verify", "-j1"]) == 0


def test_a_verdict_with_failed_evidence_is_not_recorded(
    toy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (toy / "verdicts.json").read_text()
    (record,) = judge.RECORDS.proofs["toy-paper:true"]
    monkeypatch.setitem(judge.RECORDS.proofs, "toy-paper:true", [replace(record, function=_fail)])
    assert main(["verify", "-j1", "--record"]) == 1
    out = capsys.readouterr().out
    assert "failed   toy-paper:true: _fail: ZeroDivisionError: broken on purpose" in out
    assert "recorded 6 verdicts in theory/claims/verdicts.json; 1 with failed evidence were not recorded" in out
    assert json.loads((toy / "verdicts.json").read_text()) == json.loads(before)


def _fail(*_: object) -> None:
    raise ZeroDivisionError("broken on purpose")


CONTRACT = "id paper kind where verdict expected seconds trusts witness mutants tight counterexample amendment evidence"


def test_json_has_the_contracts_fields(toy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ledger.json"
    assert main(["verify", "-j1", "--json", str(path)]) == 0
    ledger = json.loads(path.read_text())
    assert list(ledger) == ["version", "python", "sympy", "seconds", "claims"]
    assert all(set(CONTRACT.split()) <= set(claim) for claim in ledger["claims"])
    by_id = {c["id"].removeprefix("toy-paper:"): c for c in ledger["claims"]}
    assert by_id["true"]["witness"] == {"x": "2"} and by_id["true"]["trusts"] == ["z3"]
    assert by_id["true"]["mutants"] == {"rejected": 2, "total": 2}
    assert by_id["false"]["counterexample"] == {"x": "1/2"} and by_id["false"]["amendment"] is None
    assert "Rightarrow" in by_id["mended"]["amendment"] and by_id["mended"]["counterexample"] == {"x": "0"}
    assert by_id["made"]["evidence"] == [{"kind": "implementation", "where": "somewhere.py::thing"}]


def test_json_on_standard_output_is_json_alone(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "toy-paper:t*", "-j1", "--json", "-"]) == 0
    out, err = capsys.readouterr()
    assert [c["id"] for c in json.loads(out)["claims"]] == ["toy-paper:true"]
    assert "all as recorded" in err


def test_json_is_written_into_a_device_not_over_it(toy: Path) -> None:
    assert main(["verify", "-j1", "--json", os.devnull]) == 0
    assert not Path(os.devnull).is_file()


# show and trust


def test_show_prints_the_whole_life_of_a_claim(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "toy-paper:true"]) == 0
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0].startswith("toy-paper:true · theorem · Sec. true") and lines[0].endswith("PROVED")
    for line in (
        "As printed    Says x^2 > x [true].",
        "Formally      x > 1  =>  x^2 > x",
        "Idea          Multiply x > 1 by x.",
        "Tight         not known: nobody looked",
        "Holds at      x = 2",
        "Mutants       2 of 2 wrong variants rejected",
        "              - [no] hypothesis: fails at x = 1/2",
        "Trusts        z3",
        "Cite          stepverdict cite toy-paper:true",
    ):
        assert line in lines
    (step,) = [line for line in lines if line.startswith("Proof ")]
    assert step.split() == "Proof 1. x^2 > x (x times [x > 1])".split()


def test_show_prints_counterexample_and_amendment(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "toy-paper:mended"]) == 0
    out = capsys.readouterr().out
    for line in (
        "Formally      x >= 0  =>  x^2 > 0",
        "Refuted at    x = 0",
        "Why           0 is not positive",
        "Amended       x > 0  =>  x^2 > 0",
    ):
        assert line in out


def test_trust_names_engines_with_versions(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trust", "-j1"]) == 0
    out = capsys.readouterr().out
    assert "Textbook facts\nnone\n" in out
    assert next(line for line in out.splitlines() if line.startswith("z3-solver")).split()[2] == "2"


@pytest.mark.parametrize("columns", ["20", "45", "200"])
def test_narrow_terminals_and_no_color(columns: str) -> None:
    shown = _on_a_terminal("show", "nar-sastry:equation-1", columns=columns)
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown), "a colour in spite of NO_COLOR"
    assert "OPEN" in shown or "DEFINITION" in shown or "PROVED" in shown


def _on_a_terminal(*arguments: str, columns: str) -> str:
    """What the command prints to a terminal of that width, without colour."""
    leader, follower = pty.openpty()
    environment = os.environ | {"COLUMNS": columns, "NO_COLOR": "1", "TERM": "xterm"}
    with subprocess.Popen([*COMMAND, *arguments], cwd=ROOT, stdout=follower, stderr=follower, env=environment) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                piece = os.read(leader, 4096)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            shown += piece
        assert process.wait(timeout=60) == 0
    os.close(leader)
    return shown.decode()


# Interruption, closed pipes, full disks


def test_a_closed_pipe_ends_quietly() -> None:
    with subprocess.Popen([*COMMAND, "list"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system: a full disk cannot be had cheaply")
@pytest.mark.parametrize("arguments", [["list"], ["verify", "ni-talnikar:*", "--json", "/dev/full"]], ids=["stdout", "json"])
def test_a_full_disk_is_one_line(arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:
        stdout = full if arguments == ["list"] else subprocess.DEVNULL
        done = run(*arguments, capture_output=False, stdout=stdout, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert "No space left on device" in done.stderr and done.stderr.count("\n") == 1


def test_interruption_is_one_line_and_leaves_no_file(tmp_path: Path) -> None:
    code = (
        "import time, theory.ledger as ledger, theory.cli as cli\n"
        "def slow(claims, jobs):\n    print('started', flush=True)\n    time.sleep(60)\n    yield\n"
        f"ledger.verify = slow\nraise SystemExit(cli.main(['verify', '--json', {str(tmp_path / 'x.json')!r}]))"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "started\n"
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr.read().strip() == "stepverdict: interrupted; nothing was written"
    assert list(tmp_path.iterdir()) == []


def test_interruption_of_workers_leaves_no_traceback(tmp_path: Path) -> None:
    code = (
        "import os, time, pathlib, theory.ledger as ledger, theory.cli as cli\n"
        "def slow(i, parent=os.getpid(), real=ledger.verify_claim):\n"
        "    if os.getpid() == parent:\n        return real(i)\n"
        f"    pathlib.Path({str(tmp_path / 'started')!r}).touch()\n    time.sleep(60)\n"
        "ledger.verify_claim = slow\nraise SystemExit(cli.main(['verify', 'nar-sastry:*', '--jobs', '2']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 60
        while not (tmp_path / "started").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers get it too
        assert process.wait(timeout=30) == 130
        assert process.stderr is not None
        assert process.stderr.read().strip() == "stepverdict: interrupted; nothing was written"
