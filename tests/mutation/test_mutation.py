"""The mutation harness: its operators do what their examples say, nothing inert is mutated, the stored results are sound."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

from tests.mutation.operators import Provider
from tests.mutation.run import RESULTS, ROOT, checks, judged_equivalent, load_settings, modules_of
from tests.mutation.spans import inert_spans, inside

EXAMPLES = [(operator, example) for operator in Provider.OPERATORS.values() for example in operator.examples()]
ENOUGH = 0.9  # the share of mutants that the checks must notice


@pytest.mark.parametrize(("operator", "example"), EXAMPLES, ids=lambda v: getattr(v, "__name__", ""))
def test_an_operator_does_what_its_example_says(operator, example):
    assert mutate_code(example.pre_mutation_code, operator(), example.occurrence).strip() == example.post_mutation_code.strip()


@pytest.mark.parametrize("operator", Provider.OPERATORS.values(), ids=lambda o: o.__name__)
def test_every_mutant_of_the_kernel_is_python(operator):
    source = (ROOT / "theory/proof/orbits.py").read_text(encoding="utf-8")
    places = [span for node in ast_nodes(get_ast(source)) for span in operator().mutation_positions(node)]
    assert places
    for occurrence in range(0, len(places), 5):
        mutated = mutate_code(source, operator(), occurrence)
        compile(mutated, "mutant", "exec")
        assert mutated != source


def test_what_is_not_mutated():
    source = """
LIMIT = 3
def f(a: int | None, *, b: bool = True) -> str | None:
    if a == 1:
        raise ValueError(f"{a + 1}")
    return because or "text"
def shown(x):
    return x + 1
wrong = mutant(a == 1 + 2)
"""
    spans = inert_spans(source, ["LIMIT"], ["shown"])
    places = {(row, c, column) for row, line in enumerate(source.splitlines(), 1) for column, c in enumerate(line) if c in "=|*+"}
    active = {(row, c) for row, c, column in places if not inside((row, column), spans)}
    assert active == {(3, "="), (4, "="), (9, "=")}  # the default of b, a == 1, and `wrong =`


def test_every_module_with_formulas_or_rules_is_a_target():
    settings = load_settings()
    covered = {m for target in settings["targets"].values() for m in modules_of(target)}
    left_out = {m for target in settings["targets"].values() for m in target["without"]} - covered
    everything = {str(p.relative_to(ROOT)) for folder in ("proof", "step_bounds") for p in ROOT.glob(f"theory/{folder}/*.py")}
    assert everything == (covered | left_out) & everything
    assert all((ROOT / path).exists() for target in settings["targets"].values() for path in (*target["tests"], *target["first"]))
    assert "theory verify" in checks("theory/proof/kernel.py", settings["targets"]["kernel"], quick=False)
    assert "theory verify" not in checks("theory/proof/kernel.py", settings["targets"]["kernel"], quick=True)


@pytest.mark.parametrize(("module", "before"), [(m, b) for m, b, _ in judged_equivalent()])
def test_an_equivalent_mutant_is_one_of_a_line_that_exists(module, before):
    assert before in " ".join((ROOT / module).read_text(encoding="utf-8").split())


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda p: p.stem)
def test_nine_of_ten_mutants_are_noticed(path: Path):
    found = json.loads(path.read_text(encoding="utf-8"))
    assert found["killed"] == sum(m["killed"] for m in found["modules"])
    assert found["counted"] == sum(m["sampled"] - m["equivalent"] for m in found["modules"])
    assert found["score"] == round(found["killed"] / found["counted"], 3) >= ENOUGH
