"""Formulas for a reader: SymPy's printers, taught the kernel's language; plain text for a terminal, LaTeX for a page."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from sympy import Mul
from sympy.core.function import AppliedUndef
from sympy.core.relational import Eq, Relational
from sympy.functions.elementary.complexes import transpose
from sympy.logic.boolalg import And, Boolean, Not
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from theory.proof.memory import remembered, text

_RISING = {"<=", "<"}
_FALLING = {">=": "<=", ">": "<"}
_NEGATED = {"==": "!=", "!=": "=", "<=": ">", "<": ">=", ">=": "<", ">": "<="}


class _Text(StrPrinter):
    """Plain text: quantifiers in words, `a = b`, `A'` for a transpose, `sum(.., j = 1..n)`, `t -> g(t)`."""

    def __init__(self) -> None:
        super().__init__()
        self._printed = remembered(super()._print)

    def _print(self, e: Any, **how: Any) -> str:
        return super()._print(e, **how) if how else self._printed(e)

    def _print_ForAll(self, e: Any) -> str:  # SymPy's printers dispatch on these names
        return f"for all {self._where(e)}: {self._print(e.args[2])}"

    def _print_Exists(self, e: Any) -> str:
        return f"there is {self._where(e)} with {self._print(e.args[2])}"

    def _where(self, e: Any) -> str:
        variable, condition = e.args[:2]
        ranges, others = _sorted_conditions(variable, condition)
        first = " and ".join(chained(ranges, self._print, self._bracket)) or str(variable)
        return first + (f" with {' and '.join(chained(others, self._print, self._bracket))}" if others else "")

    def _print_Add(self, e: Any, order: Any = None) -> str:
        terms = self._as_ordered_terms(e, order=order)
        first = next((i for i, term in enumerate(terms) if not term.could_extract_minus_sign()), 0)
        texts = [self._term(t) for t in (terms[first], *terms[:first], *terms[first + 1 :])]
        return texts[0] + "".join(f" - {t[1:].lstrip()}" if t.startswith("-") else f" + {t}" for t in texts[1:])

    def _term(self, term: Any) -> str:
        return self.parenthesize(term, PRECEDENCE["Add"]) if term.is_Add else self._print(term)

    def _print_Iterate(self, e: Any) -> str:
        step, start, count = e.args
        return f"{self._print(start)} after {self._print(count)} steps of {self._print(step)}"

    def _print_Tends(self, e: Any) -> str:
        variable, term, limit = e.args
        return f"{self._print(term)} -> {self._print(limit)} as {variable} -> oo"

    def _print_Relational(self, e: Any) -> str:
        sign = {"==": "="}.get(e.rel_op, e.rel_op)
        return f"{self._print(e.lhs)} {sign} {self._print(e.rhs)}"

    def _print_And(self, e: Any) -> str:
        return " and ".join(chained(sorted(e.args, key=text), self._print, self._bracket))

    def _print_Or(self, e: Any) -> str:
        return " or ".join(self._bracket(a) for a in sorted(e.args, key=text))

    def _print_Implies(self, e: Any) -> str:
        return f"{self._bracket(e.args[0])} implies {self._bracket(e.args[1])}"

    def _print_Not(self, e: Any) -> str:
        inner = e.args[0]
        if isinstance(inner, Relational):
            return f"{self._print(inner.lhs)} {_NEGATED[inner.rel_op]} {self._print(inner.rhs)}"
        return f"not {self._bracket(inner)}"

    def _bracket(self, e: Any) -> str:
        bare = isinstance(e, Relational) or not isinstance(e, Boolean) or not e.args
        bare = bare or (isinstance(e, Not) and isinstance(e.args[0], Relational))
        return self._print(e) if bare else f"({self._print(e)})"

    def _print_BooleanTrue(self, e: Any) -> str:
        return "true"

    def _print_BooleanFalse(self, e: Any) -> str:
        return "a contradiction"

    def _print_Function(self, e: Any) -> str:
        arguments = ", ".join(self._print(a) for a in e.args)
        if isinstance(e, AppliedUndef):  # an orbit's index stays tight: x(k+1)
            arguments = arguments.replace(" + ", "+").replace(" - ", "-")
        return f"{e.func.__name__}({arguments})"

    def _print_Predicate(self, e: Any) -> str:
        return f"{type(e).__name__}({', '.join(self._print(a) for a in e.args)})"

    def _print_MatrixBase(self, e: Any) -> str:
        rows = [", ".join(self._print(x) for x in e.row(i)) for i in range(e.rows)]
        return f"[{'; '.join(rows)}]"

    _print_ImmutableDenseMatrix = _print_MatrixBase

    def _print_Lambda(self, e: Any) -> str:
        if isinstance(e.expr, AppliedUndef) and tuple(e.expr.args) == tuple(e.variables):
            return str(e.expr.func)  # j -> W(j) is W
        names = ", ".join(map(str, e.variables))
        return f"({names if len(e.variables) == 1 else f'({names})'} -> {self._print(e.expr)})"

    def _print_Sum(self, e: Any) -> str:
        return f"sum({self._print(e.function)}, {self._limits(e)})"

    def _print_Product(self, e: Any) -> str:
        return f"product({self._print(e.function)}, {self._limits(e)})"

    def _limits(self, e: Any) -> str:
        return ", ".join(f"{v} = {self._print(low)}..{self._print(high)}" for v, low, high in e.limits)

    def _print_Piecewise(self, e: Any) -> str:
        cases = [f"{self._print(v)} {'otherwise' if not c.args else f'if {self._print(c)}'}" for v, c in e.args]
        return f"{{{'; '.join(cases)}}}"

    def _print_transpose(self, e: Any) -> str:
        return f"{self.parenthesize(e.args[0], PRECEDENCE['Pow'])}'"

    def _print_Trace(self, e: Any) -> str:
        half = _norm_of(e.args[0])
        return f"tr({self._print(e.args[0])})" if half is None else f"||{self._print(half)}||^2"

    def _print_Pow(self, e: Any, rational: bool = False) -> str:
        if _is_trace(e.base) and (half := _norm_of(e.base.args[0])) is not None:
            norm = f"||{self._print(half)}||"  # the base is its square
            return norm if 2 * e.exp == 1 else f"{norm}**{self.parenthesize(2 * e.exp, PRECEDENCE['Pow'])}"
        return super()._print_Pow(e, rational=rational)

    def _print_ColumnOf(self, e: Any) -> str:
        matrix, index = map(self._print, e.args)
        return f"{matrix}_{index}" if index.isalnum() else f"{matrix}_({index})"

    def _print_Abs(self, e: Any) -> str:
        return f"|{self._print(e.args[0])}|"


class _Latex(LatexPrinter):
    """LaTeX for the same language."""

    def __init__(self) -> None:
        super().__init__()
        self._printed = remembered(super()._print)

    def _print(self, e: Any, **how: Any) -> str:
        return super()._print(e, **how) if how else self._printed(e)

    def _print_Add(self, e: Any, order: Any = None) -> str:
        terms = self._as_ordered_terms(e, order=order)
        first = next((i for i, term in enumerate(terms) if not term.could_extract_minus_sign()), 0)
        texts = [self._term(t) for t in (terms[first], *terms[:first], *terms[first + 1 :])]
        return texts[0] + "".join(f" - {t[1:].lstrip()}" if t.startswith("-") else f" + {t}" for t in texts[1:])

    def _term(self, term: Any) -> str:
        return rf"\left({self._print(term)}\right)" if self._needs_add_brackets(term) else self._print(term)

    def _print_Pow(self, e: Any) -> str:
        if isinstance(e.base, AppliedUndef) and (
            e.exp.is_Rational is not True or e.exp.is_integer and e.exp.is_positive
        ):  # x(k)^n, never x^n(k)
            return rf"{{{self._print(e.base)}}}^{{{self._print(e.exp)}}}"
        if _is_trace(e.base) and (half := _norm_of(e.base.args[0])) is not None:
            norm = rf"\left\|{self._print(half)}\right\|"
            return norm if 2 * e.exp == 1 else rf"{norm}^{{{self._print(2 * e.exp)}}}"
        if isinstance(e.base, transpose) or _is_trace(e.base):  # a superscript cannot carry another
            return rf"\left({self._print(e.base)}\right)^{{{self._print(e.exp)}}}"
        return super()._print_Pow(e)

    def _print_ForAll(self, e: Any) -> str:
        return rf"\forall {self._where(e)}:\ {self._print(e.args[2])}"

    def _print_Exists(self, e: Any) -> str:
        return rf"\exists {self._where(e)}:\ {self._print(e.args[2])}"

    def _where(self, e: Any) -> str:
        variable, condition = e.args[:2]
        ranges, others = _sorted_conditions(variable, condition)
        first = [self._print(r) for r in ranges] or [self._print(variable)]
        return r",\ ".join([*first, *(self._print(o) for o in others)])

    def _print_Tends(self, e: Any) -> str:
        variable, term, limit = e.args
        return rf"{self._print(term)} \to {self._print(limit)} \text{{ as }} {self._print(variable)} \to \infty"

    def _print_And(self, e: Any) -> str:
        return r"\ \text{and}\ ".join(self._joined(a) for a in sorted(e.args, key=text))

    def _print_Or(self, e: Any) -> str:
        return r"\ \text{or}\ ".join(self._joined(a) for a in sorted(e.args, key=text))

    def _joined(self, e: Any) -> str:
        return self._print(e) if isinstance(e, Relational) or not e.args else rf"\left({self._print(e)}\right)"

    def _print_Not(self, e: Any) -> str:
        inner = e.args[0]
        if isinstance(inner, Eq):
            return rf"{self._print(inner.lhs)} \neq {self._print(inner.rhs)}"
        return rf"\text{{not }} \left({self._print(inner)}\right)"

    def _print_Predicate(self, e: Any) -> str:
        return rf"\operatorname{{{type(e).__name__}}}\left({', '.join(self._print(a) for a in e.args)}\right)"

    def _print_Trace(self, e: Any) -> str:
        half = _norm_of(e.args[0])
        if half is not None:
            return rf"\left\|{self._print(half)}\right\|^{{2}}"
        return rf"\operatorname{{tr}}\left({self._print(e.args[0])}\right)"

    def _print_ColumnOf(self, e: Any) -> str:
        matrix, index = map(self._print, e.args)
        return rf"{{{matrix}}}_{{{index}}}"

    def _print_transpose(self, e: Any) -> str:
        return rf"{{{self.parenthesize(e.args[0], PRECEDENCE['Pow'])}}}^{{\top}}"


def _is_trace(e: Any) -> bool:
    """By its name, as SymPy's printers dispatch: its class lives in `words`, which needs these printers."""
    return type(e).__name__ == "Trace"


def _norm_of(word: Any) -> Any:
    """x, for a word x' x: its trace is the squared (Frobenius) norm of x; else None."""
    letters = Mul.make_args(word)
    half = len(letters) // 2
    pairs = list(zip(letters[:half], reversed(letters[half:]), strict=False))
    if len(letters) % 2 or not pairs or any(left != transpose(right) for left, right in pairs):
        return None
    return Mul(*letters[half:])


def _sorted_conditions(variable: Any, condition: Any) -> tuple[list[Any], list[Any]]:
    """The parts that bound the variable itself, and the others; nothing for a condition that always holds."""
    parts = sorted(condition.args, key=text) if isinstance(condition, And) else [condition]
    parts = [p for p in parts if p.args]
    ranges = [p for p in parts if isinstance(p, Relational) and p.lhs == variable]
    return ranges, [p for p in parts if p not in ranges]


def chained(parts: Iterable[Any], show: Any, bracket: Any) -> list[str]:
    """The conditions as texts, with `t >= a` and `t <= b` written as `a <= t <= b`."""
    rest, texts = list(parts), []
    while rest:
        first = rest.pop(0)
        other = next((r for r in rest if _opposite(first, r)), None)
        if other is None:
            texts.append(bracket(first))
            continue
        rest.remove(other)
        low, high = (first, other) if first.rel_op in _FALLING else (other, first)
        texts.append(f"{show(low.rhs)} {_FALLING[low.rel_op]} {show(low.lhs)} {high.rel_op} {show(high.rhs)}")
    return texts


def _opposite(one: Any, other: Any) -> bool:
    if not (isinstance(one, Relational) and isinstance(other, Relational) and one.lhs == other.lhs):
        return False
    signs = {one.rel_op, other.rel_op}
    return len(signs & _RISING) == 1 and len(signs & set(_FALLING)) == 1


_TEXT, _LATEX = _Text(), _Latex()  # they remember what they printed


@cache  # a proof says the same hypotheses again and again
def formula_text(e: Any) -> str:
    """A formula as plain text.

    Example:
        >>> from sympy import symbols
        >>> t = symbols("t", real=True)
        >>> formula_text(And(t >= 0, t**2 < 2))
        't >= 0 and t^2 < 2'
    """
    return _TEXT.doprint(e).replace("**", "^")


@cache
def formula_latex(e: Any) -> str:
    """A formula as LaTeX."""
    return _LATEX.doprint(e)


__all__ = ["chained", "formula_latex", "formula_text"]
