"""One SymPy expression -> exact numbers, float64, torch tensors, compiled loops, rigorous balls, LaTeX.

A simulation that calls a `Formula` evaluates the very expression that the proof is about: there is no second copy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import arb, ctx
from sympy.core.function import AppliedUndef

from theory.proof.balls import ball as closed_ball
from theory.values import NO_NUMBER, demand_finite, exact_number, float64, one_type, rounded, route

if TYPE_CHECKING:
    from torch import Tensor

# SymPy functions whose namesakes are methods of a ball
BALL_FUNCTIONS = tuple("cos sin tan acos asin atan cosh sinh tanh acosh asinh atanh exp log".split())


@dataclass(frozen=True)
class Formula:
    """A real formula: an expression and the order of its arguments; a call evaluates it by their kind.

    Every route checks its input and its result: a value that is not finite and real is an error, never returned.

    Args:
        expression: a SymPy expression; its free symbols are among the arguments.
        arguments: distinct symbols.

    Raises:
        TypeError: for something that is no expression, or no symbol.
        ValueError: for free symbols that are not among the arguments, repeated arguments, undefined functions, and
            imaginary or infinite constants.

    Example:
        >>> x, n = sp.symbols("x n")
        >>> root = Formula(x ** (1 / n), (x, n))
        >>> root(8, 3), root(np.array([1.0, 4.0]), 2)
        (2, array([1., 2.]))
    """

    expression: sp.Expr
    arguments: tuple[sp.Symbol, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.expression, sp.Expr):
            raise TypeError(f"the expression is a {type(self.expression).__name__}: expected a SymPy expression")
        object.__setattr__(self, "arguments", tuple(self.arguments))
        for argument in self.arguments:
            if not isinstance(argument, sp.Symbol):
                raise TypeError(f"the argument {argument!r} is no SymPy symbol")
        if len(set(self.arguments)) < len(self.arguments):
            raise ValueError(f"an argument is repeated in {self.arguments}: name each symbol once")
        unknown = sorted(str(s) for s in self.expression.free_symbols - set(self.arguments))
        if unknown:
            raise ValueError(f"the free symbols {', '.join(unknown)} are no arguments: add or substitute them")
        if self.expression.has(sp.I, *NO_NUMBER) or self.expression.atoms(AppliedUndef):
            raise ValueError(f"the expression {self.expression} is not explicit and real: substitute known functions")

    def latex(self) -> str:
        r"""The expression in LaTeX.

        Example:
            >>> Formula(1 / sp.Symbol("delta"), (sp.Symbol("delta"),)).latex()
            '\\frac{1}{\\delta}'
        """
        return str(sp.latex(self.expression))

    def __call__(self, *values: Any) -> Any:
        """The value: exact for exact numbers, float64 for floats and arrays, a tensor for tensors, a ball for balls."""
        routes = {"exact": self.exact, "numpy": self.numpy, "torch": self.torch, "ball": self.ball}
        return routes[route(values)](*values)

    def exact(self, *values: Any) -> sp.Expr:
        """The exact value at ints, Fractions or SymPy numbers.

        Raises:
            TypeError: for floats, and for the wrong number of values.
            ValueError: where the formula has no finite real value.
        """
        point = {a: exact_number(v, a.name) for a, v in self._paired(values)}
        result = self._substituted(point)
        if result.is_real is not True:
            raise ValueError(f"the formula {self.expression} is {result} at {_text(point)}: no finite real number")
        return result

    def numpy(self, *values: Any) -> Any:
        """The float64 value; arrays are broadcast against each other. Returns a float64 scalar or array.

        Raises:
            TypeError: for arrays of another dtype, and for the wrong number of values.
            ValueError: for NaN, infinity, shapes that do not broadcast, or where the formula has no finite real value.
        """
        arrays = [float64(v, a.name) for a, v in self._paired(values)]
        shape = self._shape(np.broadcast_shapes, arrays)
        with np.errstate(all="ignore"):
            result = np.array(np.broadcast_to(_compiled(self, "numpy")(*arrays), shape), dtype=np.float64)
        self._demand_value(result, np.isfinite(result))
        return result[()]

    def torch(self, *values: Any) -> Tensor:
        """The value as a tensor of the arguments' dtype and device, differentiable; numbers may stand beside tensors.

        Raises:
            TypeError: for no tensor at all, integer or complex tensors, several dtypes or devices.
            ValueError: as `numpy`.
        """
        torch = import_module("torch")
        pairs = self._paired(values)
        like = one_type([(a.name, v) for a, v in pairs if isinstance(v, torch.Tensor)])
        tensors = [v if isinstance(v, torch.Tensor) else like.new_tensor(rounded(v, a.name)) for a, v in pairs]
        for argument, tensor in zip(self.arguments, tensors, strict=True):
            demand_finite(tensor, torch.isfinite(tensor), argument.name, "expected finite numbers")
        shape = self._shape(torch.broadcast_shapes, tensors)
        value = torch.as_tensor(_compiled(self, "torch")(*tensors), dtype=like.dtype, device=like.device)
        result: Tensor = torch.broadcast_to(value, shape)
        self._demand_value(result, torch.isfinite(result))
        return result

    def numba(self) -> Callable[..., float]:
        """The formula as a compiled function of floats, to be called in compiled loops: fast, and without any check.

        Example:
            >>> x = sp.Symbol("x")
            >>> Formula(x**2 + 1, (x,)).numba()(3.0)
            10.0
        """
        return _njit(self)

    def ball(self, *values: Any, bits: int = 128) -> arb:
        """A ball around the value for every point of the given balls; exact numbers may stand beside balls.

        Args:
            values: `flint.arb` balls, ints, Fractions or SymPy numbers.
            bits: the working precision.

        Raises:
            TypeError: for floats (write a fraction, or `arb(0.1)` for exactly that double).
            ValueError: where the formula is not finite and real on the whole of the balls.

        Example:
            >>> x = sp.Symbol("x")
            >>> Formula(sp.sqrt(x), (x,)).ball(arb(2, 0.5)).contains(arb(2).sqrt())
            True
        """
        pairs = self._paired(values)
        point = {a: exact_number(v, a.name) for a, v in pairs if not isinstance(v, arb)}
        balls = {a: v for a, v in pairs if isinstance(v, arb)}
        with ctx.workprec(bits):
            result = _ball(self._substituted(point), balls, bits)
        if not result.is_finite():
            raise ValueError(f"the formula {self.expression} is not finite and real all over {balls}: give smaller balls")
        return result

    def _paired(self, values: tuple[Any, ...]) -> list[tuple[sp.Symbol, Any]]:
        if len(values) != len(self.arguments):
            raise TypeError(f"found {len(values)} values: expected {len(self.arguments)}, for {self.arguments}")
        return list(zip(self.arguments, values, strict=True))

    def _substituted(self, point: dict[sp.Symbol, sp.Expr]) -> sp.Expr:
        try:
            result = self.expression.xreplace(point)
        except ValueError as error:  # SymPy's Min and Max refuse complex and infinite arguments
            raise ValueError(f"the formula {self.expression} has no value at {_text(point)}: {error}") from None
        if result.has(sp.I, *NO_NUMBER):
            raise ValueError(f"the formula {self.expression} is {result} at {_text(point)}: no finite real number")
        return result

    def _shape(self, broadcast: Callable[..., Any], arrays: list[Any]) -> tuple[int, ...]:
        shapes = [tuple(a.shape) for a in arrays]
        try:
            return tuple(broadcast(*shapes))
        except (ValueError, RuntimeError):
            found = ", ".join(f"{a}: {s}" for a, s in zip(self.arguments, shapes, strict=True))
            raise ValueError(f"the shapes do not broadcast ({found}): expected equal or single axes") from None

    def _demand_value(self, result: Any, finite: Any) -> None:
        remedy = "the arguments lie outside its domain, or overflow"
        demand_finite(result, finite, f"the formula {self.expression}", remedy)


def _text(point: dict[sp.Symbol, sp.Expr]) -> str:
    return ", ".join(f"{a} = {v}" for a, v in point.items())


@cache
def _compiled(formula: Formula, module: str) -> Callable[..., Any]:
    expression = formula.expression
    modules: list[Any] = [module]
    if module == "torch":
        torch = import_module("torch")
        # torch.sqrt(2) and torch.minimum(1, x) want tensors: constants become doubles, or tensors in a Min
        constants = {e: e.evalf(17) for e in sp.preorder_traversal(expression) if e.is_number and not e.is_Rational}
        expression = expression.xreplace(constants)
        modules = [{"min": _extreme(torch, torch.minimum), "max": _extreme(torch, torch.maximum)}, module]
    function: Callable[..., Any] = sp.lambdify(formula.arguments, expression, modules=modules, cse=True)
    return function


def _extreme(torch: Any, pick: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    def over(*values: Any) -> Any:
        like = next(v for v in values if isinstance(v, torch.Tensor))
        return reduce(pick, [v if isinstance(v, torch.Tensor) else like.new_tensor(v) for v in values])

    return over


@cache
def _njit(formula: Formula) -> Callable[..., float]:
    compiled: Callable[..., float] = import_module("numba").njit(_compiled(formula, "math"))
    return compiled


def _ball(e: sp.Expr, at: dict[sp.Symbol, arb], bits: int) -> arb:
    if e in at:
        return at[e]
    if not e.args or isinstance(e, sp.ComplexRootOf):
        return closed_ball(e, bits)
    parts = [_ball(a, at, bits) for a in e.args]
    if isinstance(e, sp.Add):
        return sum(parts, arb(0))
    if isinstance(e, sp.Mul):
        return math.prod(parts, start=arb(1))
    if isinstance(e, sp.Pow):
        return _ball_power(e, *parts)
    if isinstance(e, sp.Abs):
        return abs(parts[0])
    if isinstance(e, sp.Min | sp.Max):
        return reduce(arb.min if isinstance(e, sp.Min) else arb.max, parts)
    if e.func.__name__ in BALL_FUNCTIONS:
        return getattr(parts[0], e.func.__name__)()
    known = ", ".join(BALL_FUNCTIONS)
    raise ValueError(f"{e.func.__name__} has no ball: expected + * ** Abs Min Max or one of {known}")


def _ball_power(e: sp.Pow, base: arb, exponent: arb) -> arb:
    if e.exp.is_Integer:
        return base ** int(e.exp)
    if e.exp.is_Rational and e.exp.q == 2:
        return base.sqrt() ** int(e.exp.p)
    # a ball that touches zero gives a logarithm that is not finite, which the caller refuses
    return (base.log() * exponent).exp()
