"""The printed constant of logistic regression is too small, never too large: some subset sum is half of Frobenius' norm. (section 5.1).

Signs are chosen one after another, each so that the next vector does not turn against the sum so far. Then |sum s_i a_i|^2 is at least
sum |a_i|^2. The sum is that of the vectors with the sign 1 less that of the others, so one of these two is at least half as long. With the
signed samples a_i, that is |X|/(2 m) <= (1/m) max_S |sum_S a_i|: the printed constant is below the bound of `logistic_gradient`. That
such signs exist, and that no Lipschitz constant is below |X|/(2 m), is proved in `printed_is_below`.
"""

from sympy import Eq, Expr, Integer, Lambda, Or, Sum, Symbol, symbols

from theory.evidence import at, extends, mutant
from theory.lipschitz.means_of_samples import SAMPLES, frobenius
from theory.lipschitz.symbols import data, i, m, partial, signs, x_i
from theory.proof import (
    And,
    ColumnOf,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    combine_words,
    conclude,
    cut,
    equal_words,
    follows,
    generalize,
    inner,
    instance,
    specialize,
    squared_norm,
    substitute,
)
from theory.proof.norms import size
from theory.proof.ranges import up_to

_n = Symbol("n", integer=True)
_whole, _plus, _minus = symbols("V P R", commutative=False)
EARLIER = And(i >= 1, i <= m - 1)
NOW, NEXT, ADDED = ColumnOf(partial, i), ColumnOf(partial, i + 1), ColumnOf(data, i + 1)
SIGNS = ForAll(i, SAMPLES, Or(Eq(signs(i), 1), Eq(signs(i), -1)))
FIRST = Eq(ColumnOf(partial, 1), signs(1) * ColumnOf(data, 1), evaluate=False)
SUMS = ForAll(i, EARLIER, Eq(NEXT, NOW + signs(i + 1) * ADDED, evaluate=False))
GREEDY = ForAll(i, EARLIER, signs(i + 1) * inner(NOW, ADDED) >= 0)
CHOICES = (m >= 1, SIGNS, FIRST, SUMS, GREEDY)
WITH, WITHOUT = (Sum((1 + signals * signs(i)) / 2 * x_i, (i, 1, m)) for signals in (1, -1))
FROBENIUS = frobenius(x_i)
half = Statement(CHOICES, Or(size(WITH) >= FROBENIUS / 2, size(WITHOUT) >= FROBENIUS / 2))
TURNED = {m: 2, data: [[3, 3], [4, -4]], signs: Lambda(i, 3 - 2 * i), partial: [[3, 0], [4, 8]]}
CANCEL = {m: 3, data: [[10, -10, 1]], signs: Lambda(i, 1 - (i - 1) * (i - 2)), partial: [[10, 0, -1]]}


def _at(last: Expr) -> tuple[Theorem, ...]:
    """|Q_n|^2 >= sum |a_i|^2, and Q_n is the sum of s_i a_i."""
    so_far = Sum(squared_norm(x_i), (i, 1, _n))
    now, after, added = (substitute(word, {i: _n}) for word in (NOW, NEXT, ADDED))
    claim = squared_norm(now) >= so_far
    sign_1, sign_next = (specialize(assume(SIGNS), at_) for at_ in (Integer(1), _n + 1))
    start = equal_words(squared_norm(ColumnOf(partial, 1)), signs(1) ** 2 * squared_norm(ColumnOf(data, 1)), assume(FIRST))
    one = equal_words(substitute(so_far, {_n: Integer(1)}), squared_norm(ColumnOf(data, 1)))
    base = follows(substitute(claim, {_n: Integer(1)}), m >= 1, using=(start, one, sign_1), because="one vector")
    longer = specialize(assume(SUMS), _n)
    square = squared_norm(now) + 2 * signs(_n + 1) * inner(now, added) + signs(_n + 1) ** 2 * squared_norm(added)
    grown = equal_words(squared_norm(after), square, longer)
    more = equal_words(substitute(so_far, {_n: _n + 1}), so_far + squared_norm(added))
    using = (grown, more, specialize(assume(GREEDY), _n), sign_next)
    step = follows(substitute(claim, {_n: _n + 1}), claim, using=using, because="it does not turn against the sum")
    long = specialize(up_to(base, step, claim, index=_n, first=Integer(1), last=m), m)
    total = Sum(signs(i) * x_i, (i, 1, _n))
    same = Eq(now, total, evaluate=False)
    base = combine_words(*substitute(same, {_n: Integer(1)}).args, (1, assume(FIRST), 1))
    step = combine_words(*substitute(same, {_n: _n + 1}).args, (1, longer, 1), (1, assume(same), 1))
    return long, specialize(up_to(base, step, same, index=_n, first=Integer(1), last=m), m)


def _difference() -> Theorem:
    """|P - R| <= |P| + |R|, for letters."""
    known = tuple(cite("norm-nonnegative", word) for word in (_whole, _plus, _minus))
    square = squared_norm(_plus) - 2 * inner(_plus, _minus) + squared_norm(_minus)
    expanded = equal_words(squared_norm(_whole), square, assume(Eq(_whole, _plus - _minus, evaluate=False)))
    using = (expanded, cite("cauchy-schwarz", _plus, _minus), *known)
    return follows(size(_whole) <= size(_plus) + size(_minus), using=using, because="the triangle inequality")


@extends(
    "yedida-saha:logistic-l",
    half,
    witness=at(TURNED),
    mutants=[
        mutant(half.with_then(Or(size(WITH) >= FROBENIUS, size(WITHOUT) >= FROBENIUS)), TURNED, "the whole norm"),
        mutant(half.drop(GREEDY), CANCEL, "signs that cancel"),
    ],
)
def half_of_the_norm() -> Theorem:
    """Q_m is the sum with the sign 1 less that without."""
    long, same = _at(m)
    last = ColumnOf(partial, m)
    parts = instance(_difference(), {_whole: last, _plus: WITH, _minus: WITHOUT})
    parts = cut(parts, combine_words(last, WITH - WITHOUT, (1, same, 1)))
    known = tuple(cite("norm-nonnegative", word) for word in (last, WITH, WITHOUT))
    some = cite("part-of-sum", squared_norm(x_i), i, m, Integer(1))
    some = cut(some, generalize(cite("norm-nonnegative", x_i), i, SAMPLES))
    known = (*known, some, cite("norm-nonnegative", ColumnOf(data, 1)))
    return conclude(follows(half.then, *CHOICES, using=(parts, long, *known), because="one of two is at least the mean"), half)
