"""Momentum that enters a corridor across the line of steepest descent leaves this line with its first step. (remark A.2)."""

from sympy import Lambda, Rational

from theory.corridors.momentum import MOMENTUM, POSITIONS, VELOCITIES
from theory.corridors.symbols import U, beta, g, h, k, n, other_unit, t, theta, unit, velocity
from theory.evidence import at, mutant, proves
from theory.proof import (
    ForAll,
    Statement,
    Theorem,
    assume,
    combine_words,
    conclude,
    equal_words,
    follows,
    generalize,
    specialize,
    squared_norm,
)

ACROSS = ForAll(t, True, squared_norm(velocity(0) - t * g(theta(0))) > 0)  # the velocity is no multiple of the gradient
OFF_THE_LINE = ForAll(t, True, squared_norm(theta(1) - theta(0) + t * g(theta(0))) > 0)  # theta_1 is no theta_0 - t g(theta_0)
drift = Statement((*MOMENTUM, beta > 0, ACROSS), OFF_THE_LINE, source="dherin-rosca:remark-a-2c")
SIDEWAYS = {
    unit: [[1], [0]],
    other_unit: [[0], [1]],
    n: 1,
    h: 2,
    beta: Rational(1, 2),
    theta: Lambda(k, -2 * k * unit + (1 + k / 2) * other_unit),
    velocity: Lambda(k, -2 * k * unit + (1 - k / 2) * other_unit),
    g: Lambda(U, unit),
}
FORGOTTEN = {**SIDEWAYS, beta: 0, theta: Lambda(k, -2 * k * unit + other_unit), velocity: Lambda(k, -2 * k * unit + (1 - k) * other_unit)}
ALONG = {**SIDEWAYS, theta: Lambda(k, (3 - 2 * k) * unit), velocity: Lambda(k, -2 * k * unit)}


@proves(
    drift,
    witness=at(SIDEWAYS),
    mutants=[
        mutant(drift.drop(beta > 0), FORGOTTEN, "without memory"),
        mutant(drift.drop(ACROSS), ALONG, "from rest"),
        mutant(drift.with_then(ForAll(t, True, squared_norm(theta(1) - theta(0) + t * g(theta(0))) > 1)), SIDEWAYS, "by more than 1"),
    ],
)
def off_the_line_at_once() -> Theorem:
    """theta_1 - theta_0 + t g = beta (v_0 - (h - t)/beta g)."""
    moved = specialize(assume(VELOCITIES), 1)
    there = combine_words(
        theta(1), theta(0) + beta * velocity(0) - h * g(theta(0)), (1, specialize(assume(POSITIONS), 1), 1), (1, moved, 1)
    )
    multiple = (h - t) / beta
    apart = squared_norm(theta(1) - theta(0) + t * g(theta(0)))
    size = equal_words(apart, beta**2 * squared_norm(velocity(0) - multiple * g(theta(0))), there)
    across = specialize(assume(ACROSS), multiple)
    return conclude(generalize(follows(apart > 0, beta > 0, using=(size, across), because="beta^2 > 0"), t), drift)
