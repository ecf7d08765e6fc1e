"""The normal form of words of matrices and of their traces, and the rule that two words of one normal form are equal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sympy import (
    Add,
    Dummy,
    Eq,
    Expr,
    Integer,
    Mul,
    Pow,
    S,
    Sum,
    expand,
    sympify,
)
from sympy.functions.elementary.complexes import transpose

from theory.proof.language import conditions
from theory.proof.logic import substitute
from theory.proof.theorem import (
    NotProved,
    rule,
)
from theory.proof.word_values import sample_words
from theory.proof.words import Trace, is_column, is_row, letters_of

INDEX = Dummy("index", integer=True)  # every bound index is renamed to this; no formula from outside can contain it

SHORT = 8  # sums of so many terms at most are written out

Rules = tuple[tuple[tuple[Expr, ...], Expr], ...]


def normal_word(expr: Any, rules: Rules = ()) -> Any:
    """The normal form: expanded, sums over one index merged term by term, traces cyclic, cut at columns, and expanded.

    `rules` are oriented equations (word, replacement), applied until none fits.
    """
    expr = expand(sympify(expr))
    total = expand(Add(*(_normal_term(term, rules) for term in Add.make_args(expr))))
    return _merge_sums(Add(*(_combine_powers(term) for term in Add.make_args(total))), rules)


def _combine_powers(term: Expr) -> Expr:
    """b**m b**n as b**(m + n) among the numbers of a product; they are equal wherever both powers are numbers (0**0 = 1)."""
    exponents: dict[Expr, Expr] = {}
    others = []
    for factor in Mul.make_args(term):
        base, exponent = (factor.base, factor.exp) if isinstance(factor, Pow) else (factor, S.One)
        if factor.is_commutative and not base.is_number:
            exponents[base] = exponents.get(base, S.Zero) + exponent
        else:
            others.append(factor)
    return Mul(*(base ** expand(exponent) for base, exponent in exponents.items()), *others)


def _normal_term(term: Expr, rules: Rules) -> Expr:
    numbers: list[Expr] = []
    letters: list[Expr] = []
    for factor in Mul.make_args(term):
        if factor.is_commutative is False:
            letters.extend(letters_of(factor))
        else:
            numbers.append(_normal_number(factor, rules))
    for position, letter in enumerate(letters):
        if isinstance(letter, Sum):
            # factors without the index move under the sum
            return _normal_sum(_times((*numbers, *letters[:position]), letter, letters[position + 1 :]), rules)
    sums = [n for n in numbers if isinstance(n, Sum)]
    if len(sums) == 1 and len(numbers) > 1:
        return _normal_sum(_times([n for n in numbers if n is not sums[0]], sums[0], ()), rules)
    return expand(Mul(*numbers) * _rewrite(tuple(letters), rules))


def _times(before: Iterable[Expr], total: Sum, after: Iterable[Expr]) -> Sum:
    """A product with a sum as a sum of products; the index is renamed first, so that it captures no factor."""
    factors = Mul(*before), Mul(*after)
    body, low, high = _renamed(total)
    if any(INDEX in f.free_symbols for f in factors):
        raise NotProved(f"{total}: a product of sums has no normal form")
    return Sum(factors[0] * body * factors[1], (INDEX, low, high))


def _renamed(total: Sum) -> tuple[Expr, Expr, Expr]:
    """The body of a single sum with the index `INDEX`, and its ends."""
    if len(total.limits) != 1 or INDEX in total.free_symbols:
        raise NotProved(f"{total}: only single sums have a normal form, not sums over sums")
    ((index, low, high),) = total.limits
    return substitute(total.function, {index: INDEX}), low, high


def _normal_number(factor: Expr, rules: Rules) -> Expr:
    if isinstance(factor, Trace):
        return _normal_trace(factor.args[0], rules)
    if isinstance(factor, Sum):
        return _normal_sum(factor, rules)
    if isinstance(factor, Pow) and factor.has(Trace):
        return Pow(normal_word(factor.base, rules), factor.exp)
    return factor


def _rewrite(letters: tuple[Expr, ...], rules: Rules) -> Expr:
    for word, replacement in rules:
        for start in range(len(letters) - len(word) + 1):
            if letters[start : start + len(word)] == word:
                result = Mul(*letters[:start]) * replacement * Mul(*letters[start + len(word) :])
                return normal_word(result, rules)
    return Mul(*letters)


def _normal_trace(word: Expr, rules: Rules) -> Expr:
    total = []
    # rules wait until the word is cut: inside, a number and a multiple of the identity matrix look alike
    for term in Add.make_args(normal_word(word)):
        if term is S.Zero:
            continue  # an equation turned the word into the zero matrix
        if isinstance(term, Sum):
            total.append(_normal_sum(Sum(Trace(term.function), *term.limits), rules))
            continue
        numbers = [f for f in Mul.make_args(term) if f.is_commutative]
        letters = tuple(x for f in Mul.make_args(term) if f.is_commutative is False for x in letters_of(f))
        total.append(Mul(*numbers) * _cyclic(letters, rules))
    return expand(Add(*total))


def _cyclic(letters: tuple[Expr, ...], rules: Rules) -> Expr:
    """The trace of one word: cut into numbers at its columns, or the least of its rotations and their transposes."""
    if not any(is_column(x) for x in letters):
        if not letters:
            raise NotProved("the trace of the identity is its size, which a word does not know; write it as a number")
        changed = _rewrite(letters, rules)
        if changed != Mul(*letters):
            return _normal_trace(changed, rules)
        turns = [letters[i:] + letters[:i] for i in range(len(letters))]
        return Trace(Mul(*min(turns + [_transposed(t) for t in turns], key=_key)))
    first = next(i for i, x in enumerate(letters) if is_column(x)) + 1
    turned = letters[first:] + letters[:first]
    result, start = S.One, 0
    for i, letter in enumerate(turned):
        if is_column(letter):
            result *= _number(turned[start : i + 1], rules)
            start = i + 1
    return result


def _number(segment: tuple[Expr, ...], rules: Rules) -> Expr:
    """Row ... column, a number: rewritten, then the lesser of itself and its transpose."""
    if not is_row(segment[0]):
        raise NotProved(f"a column is followed by {segment[0]}, which is no row: the product makes no sense")
    changed = _rewrite(segment, rules)
    if changed == Mul(*segment):
        least = min(segment, _transposed(segment), key=_key)
        return Trace(Mul(least[-1], *least[:-1]))
    return _as_number(changed, rules)


def _as_number(words: Expr, rules: Rules) -> Expr:
    """A sum of (row ... column) words, each of them a number."""
    total = S.Zero
    for term in Add.make_args(words):
        factors = Mul.make_args(term)
        coefficient = Mul(*(f for f in factors if f.is_commutative))
        letters = tuple(x for f in factors if f.is_commutative is False for x in letters_of(f))
        if len(letters) == 1 and isinstance(letters[0], Sum):
            number = Sum(_as_number(letters[0].function, rules), *letters[0].limits)
        else:
            number = _number(letters, rules) if letters else S.One
        total += coefficient * number
    return total


def _transposed(letters: Iterable[Expr]) -> tuple[Expr, ...]:
    return tuple(transpose(x) for x in reversed(tuple(letters)))


def _key(letters: tuple[Expr, ...]) -> tuple[str, ...]:
    return tuple(str(x) for x in letters)


def _normal_sum(total: Sum, rules: Rules) -> Expr:
    body, low, high = _renamed(total)
    length = expand(high - low)
    if isinstance(length, Integer) and 0 <= length < SHORT:
        return Add(*(normal_word(substitute(body, {INDEX: low + n}), rules) for n in range(int(length) + 1)))
    offset, rest = expand(high).as_coeff_Add()
    peeled = S.Zero
    if isinstance(offset, Integer) and offset > 0 and rest is not S.Zero:
        # Karr's convention makes Sum to n + 1 = Sum to n + last term true for every n
        for step in range(1, int(offset) + 1):
            peeled += normal_word(substitute(body, {INDEX: rest + step}), rules)
        high = rest
    body = normal_word(body, rules)
    return peeled + _split(body, low, high)


def _split(body: Expr, low: Expr, high: Expr) -> Expr:
    if body is S.Zero or high - low == -1:  # a sum without terms
        return S.Zero
    return Sum(body, (INDEX, low, high))


def _merge_sums(expr: Expr, rules: Rules) -> Expr:
    groups: dict[Any, list[Expr]] = {}
    rest = []
    for term in Add.make_args(expr):
        coefficient, total = term.as_coeff_Mul()
        if isinstance(total, Sum) and total.limits[0][0] == INDEX:
            groups.setdefault(total.limits, []).append(coefficient * total.function)
        else:
            rest.append(term)
    merged = []
    for limits, bodies in groups.items():
        body = normal_word(Add(*bodies), rules)
        merged.append(_split(body, *limits[0][1:]))
    return Add(*rest, *merged)


@rule
def equal_words(lhs: Any, rhs: Any, *equations: Any, because: str = "") -> tuple:
    """`G |- lhs = rhs` between words or traces of words, using equations `G |- word = other word` left to right.

    Each equation is used transposed too. Without equations this is an exact identity for all shapes.

    Raises:
        NotProved: what is left over, or two sides that differ on random integer matrices.
    """
    lhs, rhs = sympify(lhs), sympify(rhs)
    rules = oriented(equations)
    left_over = normal_word(lhs - rhs, rules)
    if left_over is not S.Zero:
        raise NotProved(f"{lhs} = {rhs}: left over is {left_over}")
    if not equations:
        sample_words(lhs, rhs)
    given = tuple(h for e in equations for h in e.given) + conditions(lhs) + conditions(rhs)
    return given, Eq(lhs, rhs, evaluate=False), because or "matrix algebra", equations, ("sympy",)


def oriented(equations: Iterable[Any]) -> Rules:
    """Equations between words as rewriting rules, left to right, each transposed too."""
    rules: list[tuple[tuple[Expr, ...], Expr]] = []
    for equation in equations:
        relation = equation.then
        if not isinstance(relation, Eq) or isinstance(relation.lhs, Add):
            raise NotProved(f"{relation} cannot be used left to right on words")
        word = tuple(x for f in Mul.make_args(relation.lhs) for x in letters_of(f))
        if any(x.is_commutative for x in word):
            raise NotProved(f"{relation.lhs} is no word of matrices and columns")
        rules.append((word, relation.rhs))
        rules.append((_transposed(word), transpose(relation.rhs)))
    return tuple(rules)
