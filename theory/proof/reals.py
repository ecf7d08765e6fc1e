"""Polynomial inequalities over the reals, with propositional logic around them, decided by z3 (nlsat).

`follows(then, *given)` proves `given |- then` by showing that the hypotheses together with the negated conclusion have no real
solution. Quotients, roots, absolute values, maxima and powers with a symbolic exponent are first replaced by fresh unknowns with
their defining polynomial conditions; each brings an obligation (a denominator is not zero, a radicand is not negative, the base
of a symbolic power is positive) that must itself follow from the hypotheses. Whatever else occurs (`x(k)`, a sum, a
named predicate) is an unknown of its own: z3 may use only what the hypotheses say of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import z3
from sympy import (
    Abs,
    Add,
    Expr,
    Integer,
    Max,
    Min,
    Mul,
    Pow,
    Rational,
    S,
    Symbol,
    expand,
    sign,
    sympify,
)
from sympy.core.relational import Eq, Ge, Gt, Le, Lt, Ne, Relational

from theory.proof.language import conditions
from theory.proof.logic import And, Boolean, Implies, Not, Or
from theory.proof.memory import remembered
from theory.proof.theorem import (
    KernelError,
    NotProved,
    Theorem,
    rule,
)

TIMEOUT_MS = 8_000  # an answer comes within milliseconds or not at all; 8 s keeps any single claim under the 10 s it is allowed
AT_ONCE_MS = 200  # for a conclusion together with all its side conditions
PRECISION = 30  # decimal digits of an irrational solution
LARGEST_POWER = 40  # x**n is written out as a product up to here


class _Translation:
    """SymPy terms as z3 terms, with the definitions and obligations that they bring."""

    def __init__(self) -> None:
        self.unknowns: dict[Any, z3.ArithRef] = {}
        self.propositions: dict[Any, z3.BoolRef] = {}
        self.definitions: list[z3.BoolRef] = []
        self.obligations: list[tuple[z3.BoolRef, Callable[[], str]]] = []

    def unknown(self, key: Any) -> z3.ArithRef:
        if key not in self.unknowns:
            self.unknowns[key] = z3.Real(f"u{len(self.unknowns)}")
        return self.unknowns[key]

    def must(self, condition: z3.BoolRef, text: Callable[[], str]) -> None:
        self.obligations.append((condition, text))

    def term(self, e: Expr) -> z3.ArithRef:
        if isinstance(e, (Integer, Rational)):
            return z3.Q(int(e.p), int(e.q))
        if isinstance(e, Add):
            return z3.Sum([self.term(a) for a in e.args])
        if isinstance(e, Mul) and e.is_commutative:
            return z3.Product([self.term(a) for a in e.args])
        if isinstance(e, Pow):
            return self.power(e)
        if isinstance(e, sign):
            inner = self.term(e.args[0])
            return z3.If(inner > 0, z3.Q(1, 1), z3.If(inner < 0, z3.Q(-1, 1), z3.Q(0, 1)))
        if isinstance(e, Abs):
            inner = self.term(e.args[0])
            return z3.If(inner >= 0, inner, -inner)
        if isinstance(e, (Max, Min)):
            return self.extreme(e)
        return self.atom(e)

    def atom(self, e: Expr) -> z3.ArithRef:
        """Whatever is no arithmetic, as an unknown real number: where it is one at all."""
        try:
            needed = conditions(e)
        except ValueError as error:
            raise NotProved(str(error)) from None
        for condition in needed:
            self.must(self.formula(condition), partial(str, condition))
        return self.unknown(e)

    def extreme(self, e: Expr) -> z3.ArithRef:
        first, *others = [self.term(a) for a in e.args]
        for other in others:
            first = z3.If(first >= other if isinstance(e, Max) else first <= other, first, other)
        return first

    def power(self, e: Pow) -> z3.ArithRef:
        base, exponent = e.as_base_exp()
        base, exponent = (base, exponent) if Pow(base, exponent) == e else (e.base, e.exp)
        if isinstance(exponent, Integer):
            return self.integer_power(self.term(base), int(exponent), base)
        if isinstance(exponent, Rational):
            return self.root(base, exponent)
        return self.symbolic_power(base, exponent)

    def integer_power(self, base: z3.ArithRef, n: int, key: Any) -> z3.ArithRef:
        if abs(n) > LARGEST_POWER:
            raise NotProved(f"the power {n} of {key} is above {LARGEST_POWER}; name it by a symbol")
        if n < 0:
            self.must(base != 0, lambda: f"{key} != 0")
            inverse = self.unknown(("1/", key))
            self.definitions.append(z3.Implies(base != 0, inverse * base == 1))
            base, n = inverse, -n
        return z3.Product([base] * n) if n else z3.Q(1, 1)

    def root(self, base: Expr, exponent: Rational) -> z3.ArithRef:
        """base**(p/q) as the p-th power of the unknown r >= 0 with r**q = base."""
        radicand, q = self.term(base), int(exponent.q)
        self.must(radicand >= 0, lambda: f"{base} >= 0")
        r = self.unknown(("root", base, q))
        self.definitions.append(z3.Implies(radicand >= 0, z3.And(r >= 0, z3.Product([r] * q) == radicand)))
        return self.integer_power(r, int(exponent.p), ("root", base, q))

    def symbolic_power(self, base: Expr, exponent: Expr) -> z3.ArithRef:
        """base**(c_1 m_1 + ... + n): for base > 0 a product of powers of the unknowns base**(m_i/q).

        0 has the power 0 where the exponent is positive, and 1 where an integer exponent is 0.
        """
        modulus = Abs(base)  # the powers of t and of |t| share their unknowns
        if exponent.is_even:
            base = modulus
        value, e = self.term(base), self.term(exponent)
        allowed, sign_ = (e >= 0, ">=") if exponent.is_integer else (e > 0, ">")
        self.must(z3.Or(value > 0, z3.And(value >= 0, allowed)), lambda: f"{base} > 0, or {base} >= 0 and {exponent} {sign_} 0")
        power = self.unknown(("power", base, exponent))
        if exponent.is_integer:
            self.definitions.append(z3.Implies(z3.And(value == 0, e == 0), power == 1))
        self.definitions.append(z3.Implies(z3.And(value == 0, e > 0), power == 0))
        product = [z3.Q(1, 1)]
        for monomial, coefficient in expand(exponent).as_coefficients_dict().items():
            if not isinstance(coefficient, Rational):
                raise NotProved(f"the exponent {exponent} is no rational combination of symbols")
            product.append(self.positive_power(modulus, value, monomial, coefficient))
        self.definitions.append(z3.Implies(value > 0, z3.And(power > 0, power == z3.Product(product))))
        return power

    def positive_power(self, base: Expr, value: z3.ArithRef, monomial: Expr, c: Rational) -> z3.ArithRef:
        """base**(c monomial) for base > 0, as the p-th power of the positive unknown base**(monomial/q)."""
        if monomial is S.One and c.q == 1:
            root = value
        else:
            root = self.unknown(("positive power", base, monomial / c.q))
            self.definitions.append(z3.Implies(value > 0, root > 0))
            if monomial is S.One:
                self.definitions.append(z3.Implies(value > 0, z3.Product([root] * int(c.q)) == value))
        n = int(c.p)
        if n < 0:
            inverse = self.unknown(("1/", ("positive power", base, monomial / c.q)))
            self.definitions.append(z3.Implies(value > 0, z3.And(inverse > 0, inverse * root == 1)))
            root, n = inverse, -n
        return z3.Product([root] * n) if n else z3.Q(1, 1)

    def formula(self, b: Boolean) -> z3.BoolRef:
        if b is S.true or b is S.false:
            return z3.BoolVal(b is S.true)
        if isinstance(b, (And, Or)):
            return (z3.And if isinstance(b, And) else z3.Or)([self.formula(a) for a in b.args])
        if isinstance(b, Not):
            return z3.Not(self.formula(b.args[0]))
        if isinstance(b, Implies):
            return z3.Implies(self.formula(b.args[0]), self.formula(b.args[1]))
        if isinstance(b, Relational) and self.is_arithmetic(b):
            left, right = self.term(b.lhs), self.term(b.rhs)
            return _COMPARE[type(b)](left, right)
        return self.propositions.setdefault(b, z3.Bool(f"b{len(self.propositions)}"))

    @staticmethod
    def is_arithmetic(b: Relational) -> bool:
        if type(b) not in _COMPARE:
            return False
        sides = (b.lhs, b.rhs)
        return all(isinstance(s, Expr) and s.is_commutative and not s.has(S.Infinity, S.NegativeInfinity) for s in sides)


_COMPARE: dict[type, Any] = {
    Eq: lambda a, b: a == b,
    Ne: lambda a, b: a != b,
    Le: lambda a, b: a <= b,
    Lt: lambda a, b: a < b,
    Ge: lambda a, b: a >= b,
    Gt: lambda a, b: a > b,
}


@rule
def follows(then: Any, *given: Any, using: tuple[Theorem, ...] = (), because: str = "") -> tuple:
    """`given |- then`, where the conclusions of the theorems `using` may be used (and their hypotheses are then needed too).

    Args:
        then: the conclusion, a Boolean combination of relations between real terms.
        given: hypotheses.
        using: theorems whose conclusions help.
        because: the reason that a reader sees.

    Raises:
        NotProved: with z3's counterexample where it has one, or the obligation that does not follow.

    Example:
        >>> from sympy import symbols
        >>> x = symbols("x", real=True)
        >>> follows(x**2 > x, x > 1).then
        x**2 > x
    """
    for theorem in using:
        if type(theorem) is not Theorem:
            raise KernelError(f"`using` takes theorems, found {theorem!r}")
    conclusion = sympify(then)
    hypotheses = tuple(sympify(h) for h in given)
    inherited = tuple(h for t in using for h in t.given)
    premises = (*hypotheses, *inherited, *(t.then for t in using))
    _solve(premises, conclusion)
    return (*hypotheses, *inherited), conclusion, because or "arithmetic over the reals", using, ("z3",)


def _solve(premises: tuple[Boolean, ...], conclusion: Boolean) -> None:
    _solved(conclusion, *premises)


@remembered
def _solved(conclusion: Boolean, *premises: Boolean) -> None:
    translation = _Translation()
    known = [translation.formula(p) for p in premises]
    goal = translation.formula(conclusion)
    settled = {formula.get_id() for formula in known}  # z3 gives equal formulas one id while they live
    owed = {c.get_id(): c for c, _ in translation.obligations if c.get_id() not in settled}
    if owed:
        # all at once, which is most often as fast as one of them; what fails or takes long is looked at one by one
        status, _ = _check([*known, *translation.definitions, z3.Not(z3.And(*owed.values(), goal))], AT_ONCE_MS)
        if status == z3.unsat:
            return
    for condition, text in translation.obligations:
        if condition.get_id() in settled:
            continue
        # definitions are guarded by their own conditions, so they may be used here without circularity
        status, _ = _check([*known, *translation.definitions, z3.Not(condition)])
        if status != z3.unsat:
            raise NotProved(f"side condition {text()} does not follow from {list(premises)}; state it as a hypothesis")
        settled.add(condition.get_id())
    status, model = _check([*known, *translation.definitions, z3.Not(goal)])
    if status == z3.unsat:
        return
    if status == z3.sat:
        raise NotProved(f"{conclusion} does not follow from {list(premises)}; it fails at {_readable(translation, model)}")
    raise NotProved(f"z3 could not decide within {TIMEOUT_MS} ms whether {list(premises)} gives {conclusion}")


def _check(formulas: list[z3.BoolRef], timeout: int = TIMEOUT_MS) -> tuple[Any, Any]:
    solver = z3.SolverFor("QF_NRA")
    solver.set("timeout", timeout)
    solver.add(*formulas)
    status = solver.check()
    return status, solver.model() if status == z3.sat else None


def _readable(translation: _Translation, model: Any) -> str:
    values = {key: model.eval(u) for key, u in translation.unknowns.items() if isinstance(key, (Symbol, Expr))}
    return ", ".join(f"{key} = {value}" for key, value in values.items()) or "some assignment"


def solution(*formulas: Any) -> dict[Symbol, Rational] | None:
    """A rational point near which z3 says that the formulas hold, or None. It proves nothing: check the point by `decide`.

    Example:
        >>> from sympy import symbols
        >>> x = symbols("x", real=True)
        >>> found = solution(x**2 > 2, x**2 < Rational(9, 4), x > 0)
        >>> bool(2 < found[x] ** 2 < Rational(9, 4))
        True
    """
    translation = _Translation()
    wanted = [translation.formula(sympify(f)) for f in formulas]
    obligations = [condition for condition, _ in translation.obligations]
    status, model = _check([*wanted, *obligations, *translation.definitions])
    if status != z3.sat:
        return None
    values = {key: model.eval(u, model_completion=True) for key, u in translation.unknowns.items() if isinstance(key, Symbol)}
    near = {key: value if z3.is_rational_value(value) else value.approx(PRECISION) for key, value in values.items()}
    return {key: Rational(value.numerator_as_long(), value.denominator_as_long()) for key, value in near.items()}
