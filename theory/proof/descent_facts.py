"""Textbook facts about the minima of a loss and which of them gradient descent can reach; registered with the others in `facts.FACTS`."""

from __future__ import annotations

from typing import Any

from sympy import Eq, Gt, ImmutableMatrix, Le, Poly, Rational, S, Symbol, count_roots

from theory.proof.facts import Instance, fact
from theory.proof.language import keep_bound
from theory.proof.logic import And, ForAll, Predicate
from theory.proof.theorem import (
    KernelError,
)
from theory.proof.words import squared_norm


class Smoothness(Predicate):
    """The largest eigenvalue of a Hessian: the first argument is its value, the others say of which loss at which point."""


class ReachedAtRandom(Predicate):
    """GD reaches a solution: the first argument is the step size, the others say of which loss at which point.

    Precisely: from a start drawn from an absolutely continuous distribution, GD converges with positive probability to a point of
    every neighbourhood of the solution.
    """


class ReachedByRegularSteps(ReachedAtRandom):
    """The same for polynomial losses whose steps are regular: det(I - step H) is not 0 everywhere, or H is constant.

    A subclass says why its losses are such: of degree > 2 is not enough. For x^4 + y^2/(2 step) the determinant is 0 everywhere.
    """


class StableUnderDescent(Predicate):
    """A Lyapunov stable equilibrium of GD: the first argument is the step size, the others say of which C^2 loss at which point."""


@fact(
    "fixed points with a multiplier beyond 1 attract a null set",
    "Shub, Global Stability of Dynamical Systems, 1987, theorem III.7; Ahn, Zhang, Sra, ICML 2022, theorem 1",
)
def unstable_minima_attract_null_sets(reached: Any, smoothness: Any) -> Instance:
    """Step * lam <= 2 for a solution that GD reaches at random, by regular steps on a polynomial loss.

    Where step * lam > 2 the GD map expands one direction, so by the cone criterion at most one start on each line in that direction
    stays near, and a countable cover of the unstable fixed points (Lindelof) leaves a null set; det(I - step H) is a polynomial that
    is not identically zero, so the preimages of null sets are null. Where H is constant, GD expands from one solution by a linear map.
    """
    if not (isinstance(reached, ReachedByRegularSteps) and isinstance(smoothness, Smoothness)):
        raise KernelError(f"this fact is about a ReachedByRegularSteps and a Smoothness, found {reached} and {smoothness}")
    if reached.args[1:] != smoothness.args[1:]:
        raise KernelError(f"{reached} and {smoothness} are not about the same solution")
    step, lam = reached.args[0], smoothness.args[0]
    return (reached, smoothness, Gt(step, 0)), Le(step * lam, 2)


class NonsingularStep(Predicate):
    """The step of GD, the first argument, on the loss that the others describe: preimages of null sets under the GD map are null."""


@fact(
    "fixed points with a multiplier beyond 1 attract a null set",
    "Shub, Global Stability of Dynamical Systems, 1987, theorem III.7; Ahn, Zhang, Sra, ICML 2022, theorem 1",
)
def unstable_solutions_attract_null_sets(reached: Any, smoothness: Any, nonsingular: Any) -> Instance:
    """Step * lam <= 2 for a solution that GD reaches at random; the loss is C^2 near the solution.

    As for `unstable_minima_attract_null_sets`, but the loss need not be a polynomial elsewhere: that preimages of null sets are null
    is a hypothesis.
    """
    if not (isinstance(reached, ReachedAtRandom) and isinstance(smoothness, Smoothness) and isinstance(nonsingular, NonsingularStep)):
        raise KernelError(f"this fact is about a solution, its smoothness and a step, found {reached}, {smoothness} and {nonsingular}")
    problem = nonsingular.args[1:]
    same_loss = problem and reached.args[-len(problem) :] == problem
    if reached.args[1:] != smoothness.args[1:] or reached.args[0] != nonsingular.args[0] or not same_loss:
        raise KernelError(f"{reached}, {smoothness} and {nonsingular} are not about the same step, loss and solution")
    step, lam = reached.args[0], smoothness.args[0]
    return (reached, smoothness, nonsingular, Gt(step, 0)), Le(step * lam, 2)


@fact(
    "an equilibrium of GD is stable only if step times smoothness is at most 2",
    "Elaydi, An Introduction to Difference Equations, 3rd ed., 2005, section 4.7 (Lyapunov's indirect method)",
)
def stable_equilibria_are_flat(stable: Any, smoothness: Any) -> Instance:
    """The derivative of the step is I - step * Hessian; its eigenvalue 1 - step * lam is not below -1."""
    if not (isinstance(stable, StableUnderDescent) and isinstance(smoothness, Smoothness)):
        raise KernelError(f"this fact is about a StableUnderDescent and a Smoothness, found {stable} and {smoothness}")
    if stable.args[1:] != smoothness.args[1:]:
        raise KernelError(f"{stable} and {smoothness} are not about the same solution")
    step, lam = stable.args[0], smoothness.args[0]
    return (stable, smoothness, Gt(step, 0)), Le(step * lam, 2)


# Linear networks


class LinearNetworkMinimum(Predicate):
    """The weights, a family of matrices, are a local minimum of |W(depth) ... W(1) - target|^2: weights, depth, target."""


class SpectralNorm(Predicate):
    """`SpectralNorm(sigma, M)`: sigma is the largest singular value of M, which is the Lipschitz constant of x -> M x."""

    def meaning(self, difference: Any) -> tuple[tuple[Any, ...], Any, str]:
        """|M d| <= sigma |d| for every difference d of two inputs."""
        value, matrix = self.args
        bound = squared_norm(matrix * difference) <= value**2 * squared_norm(difference)
        return (), bound, "the largest singular value is the norm of the map (Horn, Johnson, Matrix Analysis, 5.6.6)"

    def decide(self) -> bool | None:
        """By the characteristic polynomial of M' M."""
        value, matrix = self.args
        if not isinstance(matrix, ImmutableMatrix) or matrix.free_symbols or not isinstance(value, Rational):
            return None
        x = Symbol("x")
        polynomial = Poly((matrix.T * matrix).charpoly(x).as_expr(), x)
        return (value >= 0) is S.true and polynomial.eval(value**2) == 0 and count_roots(polynomial, value**2, None) == 1


@fact(
    "a local minimum of a linear network's squared error is global, so its product keeps the largest singular value of the target",
    "Trager, Kohn, Bruna, Pure and spurious critical points, ICLR 2020; Horn, Johnson, Matrix Analysis, 2nd ed., 7.4.2 (Eckart, Young)",
)
def minima_keep_the_largest(minimum: Any, product: Any, norm: Any, target_norm: Any) -> Instance:
    """|P(L)| = |R| in the spectral norm, for the products P(j) = W(j) ... W(1), whatever the widths."""
    if not isinstance(minimum, LinearNetworkMinimum):
        raise KernelError(f"this fact is about a LinearNetworkMinimum, found {minimum}")
    weights, depth, target = minimum.args
    (j,) = weights.variables
    keep_bound(j, depth)
    products = ForAll(j, And(j >= 1, j <= depth), Eq(product(j), weights(j) * product(j - 1)))
    norms = (SpectralNorm(norm, product(depth)), SpectralNorm(target_norm, target))
    return (depth >= 1, minimum, products, Eq(product(0), 1), *norms), Eq(norm, target_norm, evaluate=False)


__all__ = [
    "LinearNetworkMinimum",
    "NonsingularStep",
    "ReachedAtRandom",
    "ReachedByRegularSteps",
    "Smoothness",
    "SpectralNorm",
    "StableUnderDescent",
]
