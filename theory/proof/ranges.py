"""Ways to argue that the kernel's rules allow: induction along the layers of a network, up to the last; and choosing what exists."""

from __future__ import annotations

from sympy import Expr, S, Symbol

from theory.proof.conclude import conclude
from theory.proof.kernel import absurd, cut, discharge, generalize, induction, specialize
from theory.proof.limits import none_exists
from theory.proof.logic import And, Boolean, Implies, Not, conjuncts, substitute
from theory.proof.reals import follows
from theory.proof.statement import Statement
from theory.proof.theorem import Theorem


def bounded_induction(
    start: Theorem, step: Theorem, claim: Boolean, *where: Boolean, index: Symbol, last: Expr, first: Expr = S.Zero
) -> Theorem:
    """From `A(m)` and `m <= k, k + 1 <= n, A(k) |- A(k + 1)`: for all k >= m, k <= n implies A(k).

    Args:
        start: the claim at m.
        step: the claim at k + 1, from the claim at k.
        claim: A(k).
        where: what makes the claim meaningful at every k, e.g. that a denominator is not 0.
        index: k.
        last: n.
        first: m, 0 where nothing is said.
    """
    bounded = Implies(index <= last, claim, evaluate=False)
    base = follows(substitute(bounded, {index: first}), *where, using=(start,), because="at the start")
    step = cut(step, follows(claim, bounded, index + 1 <= last, index >= first, *where, because=f"{index} <= {last}"))
    range_ = (index >= first, bounded, index + 1 <= last)
    kept = tuple(h for h in step.given if h not in range_ and index not in h.free_symbols)
    step = conclude(step, Statement((*kept, *range_), step.then))
    return induction(base, discharge(step, index + 1 <= last), index, first)


def up_to(start: Theorem, step: Theorem, claim: Boolean, *where: Boolean, index: Symbol, last: Expr, first: Expr = S.Zero) -> Theorem:
    """The same as a statement about a range: for all m <= k <= n, A(k); its instances are `specialize(theorem, layer)`."""
    always = specialize(bounded_induction(start, step, claim, *where, index=index, last=last, first=first), index)
    here = follows(claim, index <= last, *where, using=(always,), because=f"{index} <= {last}")
    return generalize(here, index, And(index >= first, index <= last))


def throughout(theorem: Theorem, index: Symbol, condition: Boolean) -> Theorem:
    """From `G, c |- B`: `G |- for all k with c: B`; what B needs of k must follow from c, and G does not speak of k."""
    kept = tuple(h for h in theorem.given if index not in h.free_symbols)
    return generalize(conclude(theorem, Statement((*kept, *conjuncts(condition)), theorem.then)), index, condition)


def choose(some: Theorem, then: Theorem) -> Theorem:
    """From `G |- there is x with c and B` and `D, c, B |- C`: `G, D |- C`; neither D nor C speaks of x."""
    variable, condition, body = some.then.args
    against = Not(then.then, evaluate=False)
    clash = follows(S.false, against, using=(then,), because="it was supposed not to be so")
    never = none_exists(generalize(absurd(clash, body), variable, condition))
    surely = absurd(follows(S.false, using=(some, never), because="but there is one"), against)
    return follows(then.then, using=(surely,), because="whichever it is")
