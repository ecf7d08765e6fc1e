"""One expression, six routes: they agree, they broadcast, and each refuses what it cannot evaluate."""

import math
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
import torch
from flint import arb, ctx, fmpq
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import positive_rationals
from theory.formula import Formula

x, y = sp.symbols("x y", real=True)
keyword = sp.Symbol("lambda", real=True)  # no Python name
n = sp.Symbol("n", integer=True)

# expression, arguments, the same in Python's floats
FORMULAS = {
    "constant": (sp.Rational(1, 3), (x,), lambda a: 1 / 3),
    "irrational constant": (sp.sqrt(2) * x + sp.pi, (x,), lambda a: math.sqrt(2) * a + math.pi),
    "polynomial": (x**3 - 2 * x / 3 + y, (x, y), lambda a, b: a**3 - 2 * a / 3 + b),
    "order of arguments": (x - 2 * y, (y, x), lambda b, a: a - 2 * b),
    "square root": (1 / sp.sqrt(x) + sp.sqrt(x) ** 3, (x,), lambda a: a**-0.5 + a**1.5),
    "cube root": (x ** sp.Rational(1, 3), (x,), lambda a: a ** (1 / 3)),
    "symbolic power": (x ** (2 * y / (y + 1)), (x, y), lambda a, b: a ** (2 * b / (b + 1))),
    "least and greatest": (
        sp.Min(1, x, y) + sp.Max(2, x, 2 * y),
        (x, y),
        lambda a, b: min(1, a, b) + max(2, a, 2 * b),
    ),
    "functions": (
        sp.exp(-x) + sp.log(y) + sp.cos(x) * sp.sin(y) + sp.tanh(x) + sp.atan(y) + abs(x - y),
        (x, y),
        lambda a, b: math.exp(-a) + math.log(b) + math.cos(a) * math.sin(b) + math.tanh(a) + math.atan(b) + abs(a - b),
    ),
    "keyword": (keyword**2, (keyword,), lambda a: a * a),
}
# Fewer than 16 rounded operations an expression, each an error of at most 4 units (transcendental functions) of the
# largest intermediate value, which is below 16^3, the cube of the largest argument drawn.
ROUNDING = 16 * 4 * np.finfo(np.float64).eps * 16**3
COMPILING = settings(deadline=None)  # the first example of a formula compiles it


def close(found: float, expected: float) -> bool:
    return abs(found - expected) <= ROUNDING


@pytest.mark.parametrize("name", FORMULAS)
@COMPILING
@given(st.data())
def test_the_routes_agree(name, data):
    expression, arguments, plain = FORMULAS[name]
    formula = Formula(expression, arguments)
    exact = [data.draw(positive_rationals(16)) for _ in arguments]
    floats = [float(v) for v in exact]
    expected = plain(*floats)
    assert close(float(formula.exact(*exact)), expected)
    assert close(formula.numpy(*floats), expected)
    assert close(formula.torch(*(torch.tensor(v, dtype=torch.float64) for v in floats)).item(), expected)
    assert close(formula.numba()(*floats), expected)
    assert close(float(formula.ball(*exact).mid()), expected)


@pytest.mark.parametrize("name", FORMULAS)
@COMPILING
@given(st.data())
def test_a_ball_contains_the_value_at_every_point_of_its_arguments(name, data):
    expression, arguments, _ = FORMULAS[name]
    formula = Formula(expression, arguments)
    radius = Fraction(1, 100)
    centres = [data.draw(positive_rationals(16)) + 1 for _ in arguments]
    points = [c + radius * data.draw(st.fractions(-1, 1, max_denominator=10)) for c in centres]
    balls = [arb(fmpq(c.numerator, c.denominator), fmpq(1, 100)) for c in centres]
    assert formula.ball(*balls).overlaps(formula.ball(*points))
    lower, upper = formula.ball(*balls).lower(), formula.ball(*balls).upper()
    at = formula.ball(*points, bits=256)
    assert not at < lower and not at > upper


def test_constants_in_a_ball_are_exact_and_not_rounded_to_doubles():
    third = Formula(x / 3, (x,)).ball(arb(1))
    with ctx.workprec(256):
        assert third.contains(fmpq(1, 3)) and not third.contains(arb(1 / 3))
    assert float(third.rad()) < 2.0**-120


def test_a_ball_uses_the_bits_asked_for_and_restores_the_precision():
    before = ctx.prec
    root = Formula(sp.sqrt(x), (x,))
    assert float(root.ball(2, bits=300).rad()) < 2.0**-290
    with pytest.raises(ValueError, match="not finite and real"):
        root.ball(arb(0, 1), bits=300)
    assert ctx.prec == before


def test_a_ball_of_the_wrong_sign_is_refused_not_guessed():
    for expression in (1 / x, sp.log(x), sp.sqrt(x), x ** sp.Rational(1, 3), x**y):
        arguments = tuple(sorted(expression.free_symbols, key=str))
        with pytest.raises(ValueError, match="not finite and real"):
            Formula(expression, arguments).ball(arb(0, 1), *[arb(2)] * (len(arguments) - 1))


def test_exact_results_stay_exact():
    assert Formula(x ** (1 / n), (x, n))(8, 3) == 2
    assert Formula(x / 3, (x,))(Fraction(1, 2)) == sp.Rational(1, 6)
    assert Formula(x**2, (x,))(sp.sqrt(2)) == 2
    assert Formula(x**2, (x,))(np.int64(3)) == 9


def test_a_call_chooses_the_route_by_its_arguments():
    f = Formula(x + y, (x, y))
    assert isinstance(f(1, Fraction(1, 2)), sp.Rational)
    assert isinstance(f(1, 0.5), np.float64)
    assert isinstance(f(np.ones(2), 0.5), np.ndarray)
    assert isinstance(f(arb(1), 1), arb)
    for value in (1, 0.5, Fraction(1, 2), sp.Rational(1, 2)):
        result = f(torch.ones(3, dtype=torch.float32), value)
        assert result.dtype == torch.float32 and result.shape == (3,)


@pytest.mark.parametrize("expression", [x + y, sp.Integer(3), x, sp.Min(x, 1)], ids=str)
def test_arrays_and_tensors_broadcast(expression):
    f = Formula(expression, (x, y))
    column, row = np.arange(2.0)[:, None], np.arange(3.0)
    found = f(column, row)
    assert found.shape == (2, 3) and found.dtype == np.float64 and found.flags.writeable
    assert f(torch.tensor(column), torch.tensor(row)).numpy().tolist() == found.tolist()
    for i in range(2):
        for j in range(3):
            assert found[i, j] == f(float(column[i, 0]), float(row[j])) == float(f(i, j))


def test_tensors_are_differentiable_and_not_detached():
    at = torch.tensor([2.0, 5.0], dtype=torch.float64, requires_grad=True)
    Formula(sp.Min(x**2, 16) * sp.sqrt(2), (x,))(at).sum().backward()
    assert at.grad.tolist() == pytest.approx([4 * math.sqrt(2), 0])


def test_latex_is_the_expression():
    assert Formula(2 / (n * x), (x, n)).latex() == r"\frac{2}{n x}"


def test_formulas_are_values():
    f = Formula(x + 1, (x,))
    assert f == Formula(x + 1, [x]) and hash(f) == hash(Formula(x + 1, (x,)))
    assert f.numba() is Formula(x + 1, (x,)).numba()
    with pytest.raises(AttributeError):
        f.expression = x


def test_neither_torch_nor_numba_is_imported_before_it_is_needed():
    code = (
        "import sys, sympy, numpy; from theory.step_bounds.bounds import *;"
        "target_step_bound(4, 2), target_step_bound(numpy.ones(2), 2), solution_step_bound([numpy.eye(2)]);"
        "print(sorted({'torch', 'numba'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


f64 = torch.float64
ROOT = Formula(sp.sqrt(x) / y, (x, y))
NO_SQUARE = Formula(sp.gamma(x), (x,))
BAD = {
    "string expression": (lambda: Formula("x", (x,)), TypeError, "expected a SymPy expression"),
    "matrix": (lambda: Formula(sp.eye(2), (x,)), TypeError, "expected a SymPy expression"),
    "argument": (lambda: Formula(x, (x, 2)), TypeError, "the argument 2 is no SymPy symbol"),
    "repeated": (lambda: Formula(x, (x, x)), ValueError, "repeated"),
    "free symbols": (lambda: Formula(x + y * n, (x,)), ValueError, "the free symbols n, y are no arguments: add"),
    "imaginary": (lambda: Formula(sp.I * x, (x,)), ValueError, "not explicit and real"),
    "infinite": (lambda: Formula(x + sp.oo, (x,)), ValueError, "not explicit and real"),
    "undefined": (lambda: Formula(sp.Function("h")(x), (x,)), ValueError, "not explicit and real"),
    "count": (lambda: ROOT(1), TypeError, "found 1 values: expected 2"),
    "count numpy": (lambda: ROOT(1.0, 2.0, 3.0), TypeError, "found 3 values: expected 2"),
    "complex result": (lambda: ROOT(-1, 1), ValueError, "at x = -1, y = 1: no finite real number"),
    "division": (lambda: ROOT(1, 0), ValueError, "at x = 1, y = 0: no finite real number"),
    "min of complex": (lambda: Formula(sp.Min(1, sp.sqrt(x)), (x,))(-1), ValueError, "has no value at x = -1"),
    "exact nan": (lambda: ROOT(sp.nan, 1), ValueError, "x is nan: expected a finite real number"),
    "exact imaginary": (lambda: ROOT(sp.I, 1), ValueError, "x is I: expected a finite real number"),
    "symbol": (lambda: ROOT(x, 1), TypeError, "x is x: expected an exact number without symbols"),
    "sympy float": (lambda: ROOT(sp.Float(1), 1), TypeError, "x is 1.0+: expected an exact number"),
    "hidden float": (lambda: ROOT(sp.sqrt(2) + sp.Float(1), 1), TypeError, "without symbols or floats"),
    "bool": (lambda: ROOT(True, 1), TypeError, "x is True: expected an exact number"),
    "text": (lambda: ROOT("1", 1), TypeError, "x is '1': expected an exact number"),
    "complex": (lambda: ROOT(1j, 1), TypeError, "x is 1j: expected an exact number"),
    "float to exact": (lambda: ROOT.exact(0.5, 1), TypeError, "x is 0.5: expected an exact number"),
    "nan": (lambda: ROOT(math.nan, 1), ValueError, "x holds nan: expected finite numbers"),
    "inf": (lambda: ROOT(1, np.array([1, math.inf])), ValueError, "y holds inf: expected finite numbers"),
    "huge integer": (lambda: ROOT(1.0, 10**400), ValueError, "too large for float64"),
    "float domain": (lambda: ROOT(np.array([1.0, -1.0]), 1), ValueError, "holds nan: the arguments lie outside"),
    "float division": (lambda: ROOT(1.0, 0), ValueError, "holds inf: the arguments lie outside"),
    "int array": (lambda: ROOT(np.array([1, 2]), 1), TypeError, "x has dtype int64: expected float64, .*astype"),
    "float32 array": (lambda: ROOT(np.ones(2, np.float32), 1), TypeError, "x has dtype float32: expected float64"),
    "float32 scalar": (lambda: ROOT(np.float32(1), 1), TypeError, "x has dtype float32: expected float64"),
    "complex array": (lambda: ROOT(np.ones(2) * 1j, 1), TypeError, "x has dtype complex128: expected float64"),
    "shapes": (lambda: ROOT(np.ones(2), np.ones(3)), ValueError, r"do not broadcast \(x: \(2,\), y: \(3,\)\)"),
    "tensor shapes": (lambda: ROOT(torch.ones(2), torch.ones(3)), ValueError, "do not broadcast"),
    "int tensor": (lambda: ROOT(torch.tensor(1), 1), TypeError, "x has dtype torch.int64: expected real floats"),
    "complex tensor": (lambda: ROOT(torch.tensor(1j), 1), TypeError, "x has dtype torch.complex64: expected real"),
    "dtypes": (lambda: ROOT(torch.ones(1), torch.ones(1, dtype=f64)), TypeError, "y is torch.float64 on cpu, x is"),
    "devices": (
        lambda: ROOT(torch.ones(1), torch.ones(1, device="meta")),
        TypeError,
        "y is torch.float32 on meta, x is",
    ),
    "tensor nan": (lambda: ROOT(torch.tensor([1, math.nan]), 1), ValueError, "x holds nan: expected finite"),
    "tensor domain": (lambda: ROOT(torch.tensor([-1.0]), 1), ValueError, "holds nan: the arguments lie outside"),
    "no tensor": (lambda: ROOT.torch(1, 2), TypeError, "none of the arguments is a tensor"),
    "mixed": (lambda: ROOT(torch.ones(1), np.ones(1)), TypeError, "mix numpy and torch"),
    "ball and float": (lambda: ROOT(arb(1), 0.5), TypeError, "mix ball and float"),
    "float to ball": (lambda: ROOT.ball(0.5, 1), TypeError, "x is 0.5: expected an exact number"),
    "nothing": (lambda: Formula(sp.nan, (x,)), ValueError, "not explicit and real"),
    "hidden infinity": (lambda: ROOT(sp.atan(sp.oo, evaluate=False), 1), ValueError, "expected a finite real number"),
    "complex power": (lambda: Formula(sp.cbrt(x), (x,))(-8), ValueError, "at x = -8: no finite real number"),
    "complex beside a ball": (lambda: ROOT.ball(-1, arb(2)), ValueError, "at x = -1: no finite real number"),
    "division beside a ball": (lambda: ROOT.ball(arb(2), 0), ValueError, "at y = 0: no finite real number"),
    "no ball": (lambda: NO_SQUARE.ball(arb(1)), ValueError, "gamma has no ball: expected"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_line(case):
    call, error, message = BAD[case]
    with pytest.raises(error, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
