"""What a reader sees: formulas, proofs and LaTeX as plain text."""

import re

import pytest
from sympy import Abs, Eq, Function, Lambda, Rational, Sum, Symbol, log, simplify, sqrt, symbols, sympify
from sympy.functions.elementary.complexes import transpose

from theory.catalog import load_claims
from theory.plain import readable
from theory.proof import And, Exists, ForAll, Implies, Not, Or, Statement, Tends, Theorem, cut, follows, recursion
from theory.proof.render import conditions_text, formula_latex, formula_text, point_text, statement_text
from theory.proof.steps import proof_steps
from theory.proof.words import Column, ColumnOf, Trace
from theory.terminal import elided

t, d = symbols("t delta", real=True)
k = Symbol("k", integer=True)
x = Function("x", real=True)

FORMULAS = [
    (recursion(x, Lambda(t, t - 2 * d * t**3)), "for all k >= 0: x(k+1) = x(k) - 2*delta*x(k)^3"),
    (ForAll(k, And(k >= 0, Abs(x(k)) < d), Not(Eq(x(k), 0))), "for all k >= 0 with |x(k)| < delta: x(k) != 0"),
    (Exists(k, True, x(k) > 0), "there is k with x(k) > 0"),
    (Tends(k, x(k), 0), "x(k) -> 0 as k -> oo"),
    (And(t >= 0, t < d), "0 <= t < delta"),
    (Or(Eq(t, 0), And(t > 0, d > 0)), "(delta > 0 and t > 0) or t = 0"),
    (Implies(t > 0, Tends(k, x(k), 0)), "t > 0 implies (x(k) -> 0 as k -> oo)"),
    (Sum(x(k) ** 2, (k, 1, 5)), "sum(x(k)^2, k = 1..5)"),
    (-d + t, "t - delta"),
]


@pytest.mark.parametrize(("formula", "text"), FORMULAS, ids=[text for _, text in FORMULAS])
def test_formulas_read_as_a_student_writes_them(formula: object, text: str) -> None:
    assert formula_text(formula) == text


TERMS = [
    -t - 1,
    1 - t,
    -(t - 1) * (t + 2) - d,
    -((t - d) ** 2) - t - 1,
    (-t) ** Rational(1, 3) - d,
    -(t**2) / 2 + t - sqrt(t - d) / (d - 1),
    2 * (t - d) - 3 * log(t - d),
    (t - d) - (d - t) ** 2 + Rational(1, 2),
    -d * (t + 1) ** -2 + (1 - t) * d,
]


@pytest.mark.parametrize("term", TERMS, ids=str)
def test_a_term_means_the_same_when_it_is_read_back(term: object) -> None:
    back = sympify(formula_text(term).replace("^", "**"), locals={"t": t, "delta": d})
    assert simplify(back - term) == 0


def test_a_power_of_an_orbit_is_not_a_power_of_its_name() -> None:
    assert formula_latex(x(k) ** 2).startswith("{x")


def test_a_power_of_a_transpose() -> None:
    m = Symbol("M", commutative=False)
    assert formula_latex(transpose(m) ** 2) == r"\left({M}^{\top}\right)^{2}"


def test_a_power_of_a_squared_norm_is_a_power_of_the_norm() -> None:
    u, x, i = Column("u"), Symbol("X", commutative=False), Symbol("i", integer=True)
    squared = Trace(transpose(u) * u)
    assert formula_latex(squared**2) == r"\left\|u\right\|^{4}" and formula_latex(sqrt(squared)) == r"\left\|u\right\|"
    assert [formula_text(f) for f in (squared, squared**2, sqrt(squared), 1 / squared)] == ["||u||^2", "||u||^4", "||u||", "||u||^(-2)"]
    assert formula_text(ColumnOf(x, i + 1)) == "X_(i + 1)" and formula_latex(ColumnOf(x, i)) == "{X}_{i}"


def test_ranges_are_joined_only_where_they_belong_together() -> None:
    assert conditions_text([t > 0, d >= t, t <= 1]) == ["0 < t <= 1", "delta >= t"]
    assert conditions_text([t > 0, t > d]) == ["t > 0", "t > delta"]


def test_a_statement_and_a_point() -> None:
    assert statement_text(Statement((t > 1,), t**2 > t)) == "t > 1  =>  t^2 > t"
    assert point_text([(t, Rational(1, 2)), (x, Lambda(k, (-1) ** k))]) == {"t": "1/2", "x(k)": "(-1)^k"}


def test_steps_are_numbered_and_name_what_they_use() -> None:
    first = follows(t > 1, t > 2, because="two exceeds one")
    second = follows(t**2 > t, t > 1)
    steps = proof_steps(cut(second, first))
    assert [(s["n"], s["then"], s["under"], s["uses"]) for s in steps] == [
        (1, "t^2 > t", ["t > 1"], []),
        (2, "t > 1", [], []),
        (3, "t^2 > t", [], [1, 2]),
    ]
    assert steps[1]["reason"] == "two exceeds one" and steps[0]["name"] == "inequality"


def test_the_same_step_twice_is_shown_once() -> None:
    def proof() -> Theorem:
        return follows(t > 1, t > 2)

    steps = proof_steps(follows(t > 0, using=(proof(), proof())))
    assert [(s["n"], s["uses"]) for s in steps] == [(1, []), (2, [1])]


LATEX = [
    (r"$\delta\le\frac{2}{L}$", "delta <= 2/L"),
    (r"$\frac12\|x\|^2$", "1/2||x||^2"),
    (r"$\left(\frac2{L\delta}\right)^{L/(2L-2)}$", "(2/(L delta))^(L/(2L-2))"),
    (r"$\hat W_i\in\mathbb R^{n\times n}$", "hat(W)_i in R^(n x n)"),
    (r"costs \$5, $x\to0$", r"costs \$5, x -> 0"),
    (r"$\sqrt{-x}$ and $f_{odd}$", "sqrt(-x) and f_odd"),
]


@pytest.mark.parametrize(("latex", "text"), LATEX, ids=[text for _, text in LATEX])
def test_latex_becomes_plain(latex: str, text: str) -> None:
    assert readable(latex) == text


def test_no_claim_keeps_a_latex_command() -> None:
    left = {c.id: re.findall(r"\\\w+|\$", readable(c.statement)) for c in load_claims().values()}
    assert {i: found for i, found in left.items() if found} == {}


@pytest.mark.parametrize("length", [20, 30, 100])
def test_elision_keeps_both_ends_and_the_limit(length: int) -> None:
    text = "begin" + "x" * 100 + "end"
    short = elided(text, length)
    assert len(short) <= length and short.startswith("begin") and short.endswith("end") and " [...] " in short
