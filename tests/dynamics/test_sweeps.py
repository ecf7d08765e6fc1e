"""Sweeps: equal on every backend, resumed from what is kept, and one clear error for a cell that fails."""

import functools
import json
import os
import signal
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from dynamics import CellsFailed, Sweep, grid, sweep

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")


def walk(steps, seed):
    """A random walk: what it gives depends on its seed alone."""
    return {"end": float(np.random.default_rng(seed).standard_normal(steps).sum()), "steps": steps}


def fragile(number, once, seed):
    """Number 2 kills the process that runs it, the first time; number 99 always."""
    if number == 99 or (number == 2 and not os.path.exists(once)):
        Path(once).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return walk(5 + number, seed)


def halves(number, log):
    """Says that it was called; 0 cannot be halved, 3 is interrupted while the file `stop` is there."""
    with Path(log).open("a") as file:
        file.write(f"{number}\n")
    if number == 3 and Path(log).with_name("stop").exists():
        raise KeyboardInterrupt
    return {"half": number / 2, "inverse": 1 / number}


def same(number):
    return number


def returned(value):
    return BAD_RESULTS[value]


def calls(log):
    return [int(line) for line in log.read_text().splitlines()]


WALKS = grid(steps=[1, 2, 3, 50])


@pytest.fixture(scope="module")
def cluster():
    """Two real workers, each a process with one thread."""
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as found:
        yield found


# Where it runs


def test_a_cluster_that_loses_a_worker_gives_the_result_of_one_core(tmp_path, cluster):
    once = tmp_path / "once"
    cells = grid(number=range(12), once=[str(once)])
    clustered = sweep(fragile, cells, tmp_path / "cluster", seed=1, backend=cluster.scheduler_address)
    assert once.exists(), "no worker was killed"
    assert clustered.computed == len(list((tmp_path / "cluster").iterdir())) == 12
    assert clustered.results == sweep(fragile, cells, tmp_path / "alone", seed=1, jobs=1).results


def test_an_active_client_is_used_and_resumes_what_another_backend_began(tmp_path, cluster):
    sweep(walk, WALKS[:2], tmp_path, seed=7, jobs=1)
    with distributed.Client(cluster):
        found = sweep(walk, WALKS, tmp_path, seed=7, backend="dask")
    assert found.computed == 2 and found.results == sweep(walk, WALKS, tmp_path / "alone", seed=7, jobs=1).results


def test_a_function_that_the_workers_cannot_import_is_one_error(tmp_path, cluster, monkeypatch):
    module = types.ModuleType("only_here")
    exec("def cube(x): return x**3", module.__dict__)
    monkeypatch.setitem(sys.modules, "only_here", module)
    with pytest.raises(CellsFailed, match=r"2 of 2 cells failed, the first is cell 0 \(x=1\): ModuleNotFoundError.*only_here"):
        sweep(module.cube, grid(x=[1, 2]), tmp_path, backend=cluster.scheduler_address)


def test_processes_give_the_result_of_one_core_and_dying_costs_only_the_cell_that_always_kills(tmp_path):
    cells = grid(number=[0, 1, 2, 4, 99], once=[str(tmp_path / "once")])
    with pytest.raises(CellsFailed, match=r"^cell 4 \(number=99, .*: its process died .*; the 4 others are kept in"):
        sweep(fragile, cells, tmp_path / "kept", seed=1, jobs=2)
    assert (tmp_path / "once").exists() and len(list((tmp_path / "kept").iterdir())) == 4
    kept = sweep(fragile, cells[:4], tmp_path / "kept", seed=1, jobs=2)
    assert isinstance(kept, Sweep) and (kept.computed, kept.backend, kept.cells) == (0, "processes", tuple(cells[:4]))
    assert kept.results == sweep(fragile, cells[:4], tmp_path / "alone", seed=1, jobs=1).results


# What is kept


def test_an_interrupted_sweep_resumes(tmp_path, capsys):
    log, cells = tmp_path / "log", grid(number=[1, 2, 3, 4], log=[str(tmp_path / "log")])
    (tmp_path / "stop").touch()
    with pytest.raises(KeyboardInterrupt):
        sweep(halves, cells, tmp_path / "kept", jobs=1)
    assert "halves: 2 of 4 cells are in" in capsys.readouterr().err
    (tmp_path / "stop").unlink()
    found = sweep(halves, cells, tmp_path / "kept", jobs=1)
    assert calls(log) == [1, 2, 3, 3, 4] and found.computed == 2
    assert found.results == tuple({"half": n / 2, "inverse": 1 / n} for n in (1, 2, 3, 4))
    again = sweep(halves, cells, tmp_path / "kept", jobs=1)
    assert (again.computed, again.results) == (0, found.results) and calls(log) == [1, 2, 3, 3, 4]


def test_a_failing_cell_is_named_and_the_others_are_kept(tmp_path):
    log, cells = tmp_path / "log", grid(number=[2, 0, 1], log=[str(tmp_path / "log")])
    for expected in ([2, 0, 1], [2, 0, 1, 0]):
        with pytest.raises(CellsFailed) as caught:
            sweep(halves, cells, tmp_path / "kept", jobs=1)
        assert str(caught.value).startswith("cell 1 (number=0, log=") and "\n" not in str(caught.value)
        assert "ZeroDivisionError: division by zero; the 2 others are kept in" in str(caught.value)
        assert "return {" in caught.value.__notes__[0], "the traceback shows the line"
        assert calls(log) == expected


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"function": "other"}', "\udcff"])
def test_a_damaged_file_is_computed_again(tmp_path, damage):
    first = sweep(walk, WALKS, tmp_path, seed=7, jobs=1)
    sorted(tmp_path.iterdir())[0].write_bytes(damage.encode("utf-8", "surrogateescape"))
    again = sweep(walk, WALKS, tmp_path, seed=7, jobs=1)
    assert again.computed == 1 and again.results == first.results


@pytest.mark.parametrize("wrong", [{"function": "other"}, {"arguments": {"steps": 2}}])
def test_a_file_that_speaks_of_another_call_is_computed_again(tmp_path, wrong):
    first = sweep(walk, WALKS[:1], tmp_path, seed=7, jobs=1)
    (file,) = tmp_path.iterdir()
    file.write_text(json.dumps(json.loads(file.read_text()) | wrong | {"result": 0}))
    assert sweep(walk, WALKS[:1], tmp_path, seed=7, jobs=1).results == first.results


def test_other_calls_share_a_folder_without_mixing(tmp_path):
    for function, cells, seed, new in [(walk, WALKS, 7, 4), (walk, WALKS, 8, 4), (walk, WALKS[:2] * 2, 7, 2), (walk, [{"steps": 9}], 7, 1)]:
        assert sweep(function, cells, tmp_path, seed=seed, jobs=1).computed == new
    assert sweep(same, [{"number": 5}], tmp_path, jobs=1).results == (5,)


def test_the_files_say_what_they_hold(tmp_path):
    found = sweep(walk, WALKS[:1], tmp_path, seed=7, jobs=1)
    (file,) = tmp_path.iterdir()
    content = json.loads(file.read_text())
    assert content["function"].endswith("test_sweeps.walk")
    assert content["arguments"] == {"steps": 1, "seed": found.seeds[0]} and content["result"] == found.results[0]


# Seeds


def test_seeds_are_those_of_spawned_sequences_by_place(tmp_path):
    seeds = sweep(walk, grid(steps=range(1, 9)), tmp_path, seed=3, jobs=1).seeds
    # a second route: NumPy documents child i of SeedSequence(s) as SeedSequence(s, spawn_key=(i,))
    assert seeds == tuple(int(np.random.SeedSequence(3, spawn_key=(i,)).generate_state(1, np.uint64)[0]) for i in range(8))
    assert len(set(seeds)) == 8 and sweep(walk, grid(steps=range(1, 5)), tmp_path, seed=3, jobs=1).seeds == seeds[:4]


def test_without_a_seed_none_is_handed_down(tmp_path):
    assert sweep(same, [{"number": 5}], tmp_path, jobs=1).seeds == ()


# Bad input

BAD_RESULTS = {
    "array": np.zeros(2),
    "numpy integer": np.int64(1),
    "nan": float("nan"),
    "infinity": [float("inf")],
    "tuple": (1, 2),
    "int keys": {1: 2},
    "set": {1},
}


@pytest.mark.parametrize("value", BAD_RESULTS)
def test_a_result_that_json_does_not_hold_exactly_is_refused(tmp_path, value):
    with pytest.raises(CellsFailed, match=rf"cell 0 \(value='{value}'\): ValueError: the result is .*finite floats"):
        sweep(returned, [{"value": value}], tmp_path, jobs=1)


def closing(offset):
    def inner(number):
        return number + offset

    return inner


ONE = [{"number": 5}]
BAD = {
    "no cells": (same, [], {}, ValueError, "at least one"),
    "one dictionary": (same, {"number": 5}, {}, TypeError, "list of dictionaries"),
    "cells a number": (same, 3, {}, TypeError, "list of dictionaries"),
    "cell a number": (same, [3], {}, ValueError, "cell 0 is 3"),
    "cell with an array": (same, [*ONE, {"number": np.zeros(2)}], {}, ValueError, "cell 1"),
    "cell with nan": (same, [{"number": float("nan")}], {}, ValueError, "finite"),
    "cell with a tuple": (same, [{"number": (1, 2)}], {}, ValueError, "exactly"),
    "wrong argument": (same, [{"nmber": 5}], {}, ValueError, "missing a required argument: 'number'"),
    "two seeds": (walk, [{"steps": 1, "seed": 2}], {"seed": 1}, ValueError, "without 'seed'"),
    "unwanted seed": (same, ONE, {"seed": 1}, ValueError, "unexpected keyword argument 'seed'"),
    "negative seed": (walk, [{"steps": 1}], {"seed": -1}, ValueError, "seed is -1"),
    "float seed": (walk, [{"steps": 1}], {"seed": 1.0}, ValueError, "seed is 1.0"),
    "lambda": (lambda number: number, ONE, {}, ValueError, "def"),
    "partial": (functools.partial(same), ONE, {}, ValueError, "def"),
    "closure": (closing(1), ONE, {}, ValueError, "in the cells"),
    "no function": (3, ONE, {}, ValueError, "the function is 3"),
    "no jobs": (same, ONE, {"jobs": 0}, ValueError, "1 or more"),
    "jobs true": (same, ONE, {"jobs": True}, ValueError, "1 or more"),
    "jobs on a cluster": (same, ONE, {"jobs": 2, "backend": "dask"}, ValueError, "leave it out"),
    "unknown backend": (same, ONE, {"backend": "cloud"}, ValueError, "tcp://host:8786"),
    "backend a number": (same, ONE, {"backend": 1}, ValueError, "the backend is 1"),
    "no client": (same, ONE, {"backend": "dask"}, ConnectionError, "no Dask client is active"),
    "strange protocol": (same, ONE, {"backend": "smoke://x:1"}, ConnectionError, "smoke://x:1"),
    "nobody there": (same, ONE, {"backend": "tcp://127.0.0.1:1"}, ConnectionError, "no Dask scheduler answers"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(tmp_path, monkeypatch, case):
    function, cells, options, error, words = BAD[case]
    monkeypatch.setattr("dynamics._backends.CONNECT_SECONDS", 0.5)
    with pytest.raises(error) as caught:
        sweep(function, cells, tmp_path, **options)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="is a file"):
        sweep(same, ONE, tmp_path / "file")


@pytest.mark.parametrize("backend", ["dask", "tcp://127.0.0.1:1"])
def test_without_dask_the_error_names_the_extra(tmp_path, monkeypatch, backend):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"stepverdict\[cluster\]"):
        sweep(same, ONE, tmp_path, backend=backend)


@pytest.mark.parametrize("axes", [{}, {"depth": []}])
def test_an_empty_grid_is_refused(axes):
    with pytest.raises(ValueError, match="at least one"):
        grid(**axes)


def test_a_decorated_function_may_be_swept(tmp_path):
    @functools.wraps(same)
    def wrapped(number):
        return same(number)

    assert sweep(wrapped, ONE, tmp_path, jobs=1).results == (5,)
