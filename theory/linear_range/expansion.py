"""The Taylor expansion of the states in the step begins with the tangent solution. (section 3.1).

If a state has an expansion of second order with any first coefficient at all, this coefficient is v_i. Nothing depends on v_i not being 0.
"""

from sympy import Abs, Expr, Lambda

from theory.evidence import at, mutant, proves
from theory.linear_range.measurement import MOVES, SOLVED, SQUARE
from theory.linear_range.networks import TANGENT
from theory.linear_range.sizes import LATER, scaled, size, triangle
from theory.linear_range.symbols import bend, ell, i, kappa, psi, radius, u, unit, v
from theory.linear_range.tangents import the_solution_moves_the_states
from theory.proof import (
    And,
    ForAll,
    Statement,
    Theorem,
    assume,
    cite,
    conclude,
    cut,
    follows,
    generalize,
    rewrite,
    specialize,
    squared_norm,
)
from theory.proof.ranges import throughout

SMALL = And(psi >= -radius, psi <= radius)


def expansion(first: Expr) -> ForAll:
    """u(psi) = u + first psi + v' psi^2 + rest, with |rest| <= kappa |psi|^3 for |psi| <= radius, in every layer."""
    rest = u(i, psi) - u(i, 0) - psi * first - psi**2 * bend(i)
    return ForAll(i, LATER, ForAll(psi, SMALL, size(rest) <= kappa(i) * Abs(psi) ** 3))


taylor = Statement((*SOLVED, MOVES, radius > 0, expansion(ell(i))), expansion(v(i)), source="ni-talnikar:text-taylor")
EXPANDED = {**SQUARE, ell: Lambda(i, 2 * i * unit), radius: 1}


@proves(
    taylor,
    witness=at(EXPANDED),
    mutants=[
        mutant(taylor.with_then(expansion(2 * v(i))), EXPANDED, "twice the tangent"),
        mutant(taylor.drop(TANGENT), {**EXPANDED, v: Lambda(i, i * unit)}, "for another v"),
    ],
)
def expansions_begin_with_the_tangent() -> Theorem:
    """Within K psi^2 of a line the curve has the line's rate as its velocity; the velocity of a state is its tangent."""
    line = u(i, psi) - u(i, 0) - psi * ell(i)
    second = psi**2 * bend(i)
    rest = line - second
    here = specialize(specialize(assume(expansion(ell(i))), i), psi)
    positive = [cite("norm-nonnegative", word) for word in (line, second, rest, bend(i))]
    bound = size(bend(i)) + radius * kappa(i)
    near = follows(
        squared_norm(line) <= bound**2 * psi**4,
        radius > 0,
        using=(triangle(line, second, rest), scaled(second, psi**2, bend(i)), here, *positive),
        because="|psi| <= radius",
    )
    curve = Lambda(psi, u(i, psi))
    near_it = cite("near-a-line", curve, ell(i), bound, radius)
    moved = cut(near_it, generalize(near, psi, SMALL))
    solution = specialize(the_solution_moves_the_states(), i)
    same = cut(cite("one-velocity", curve, ell(i), v(i)), moved, solution)
    there = rewrite(here, same)
    each = generalize(there, psi, SMALL)
    each = conclude(each, Statement((*taylor.given, *LATER.args), each.then))
    return throughout(each, i, LATER)
