"""Solutions of a deep linear network as named notions with exact tests: local minima, and the smoothness of the loss there.

The loss is f(W(1), ..., W(L)) = (1/2) ||W(L) ... W(1) - R||_F^2 (equation 2). Along the directions D(1), ..., D(L) in all layers
(number s) and D' in the last layer (number t) the product is P(L) + s C(L) + t D' P(L-1) + s t D' C(L-1) + s^2 G(L) + O(s^3),
where C and G are the first and (halved) second derivatives given by the product rule. The meanings below are the second-order
conditions on that section.
"""

from __future__ import annotations

from typing import Any

from sympy import Dummy, Eq, Expr, ImmutableMatrix, Integer, Lambda, Poly, Rational, S, Sum, Symbol, Tuple, count_roots, diff, symbols
from sympy.functions.elementary.complexes import transpose

from theory.evidence import implements
from theory.proof import And, ForAll, KernelError, Predicate, decide, squared_norm
from theory.proof.descent_facts import LinearNetworkMinimum, ReachedByRegularSteps, Smoothness, StableUnderDescent
from theory.proof.logic import Boolean
from theory.step_bounds.layers import DEEP, DERIVATIVE, FIRST, LAYERS, PREFIX, PRODUCTS, SECOND, STILL, WEIGHTS
from theory.step_bounds.relu_pieces import are_rational
from theory.step_bounds.symbols import C, D, G, L, P, Q, R, W, alpha, j, lam

ERROR = P(L) - R
_s, _t = Dummy("s", real=True), Dummy("t", real=True)  # the paper's own s and t may stand in a direction


def _section(last: Expr) -> Expr:
    """The loss along s D + t D', up to terms of third order."""
    moved = ERROR + _s * C(L) + _t * last * P(L - 1) + _s * _t * last * C(L - 1) + _s**2 * G(L)
    return squared_norm(moved) / 2


def second_derivatives(last: Expr) -> tuple[Expr, Expr, Expr]:
    """F_ss, F_st and F_tt at 0 of the section."""
    f = _section(last)
    return tuple(diff(f, x, y).subs({_s: 0, _t: 0}) for x, y in ((_s, _s), (_s, _t), (_t, _t)))


def of_these_letters(found: tuple[Any, ...], letters: tuple[Any, ...]) -> None:
    """A meaning is stated for letters of this paper, W(j), L and R; what it says of other values is an instance of the theorem.

    Raises:
        KernelError: the predicate is about something else.
    """
    if found != letters:
        raise KernelError(f"the meaning is stated for {letters}, found {found}: use it there, then take an instance of the theorem")


class DeepLinearMinimum(LinearNetworkMinimum):
    """`DeepLinearMinimum(weights, L, R)`: the weights are a local minimum of the loss (2), of depth L and target R."""

    def meaning(self, what: str, last: Any = None) -> tuple[tuple[Any, ...], Any, str]:
        """The first- and second-order conditions: `gradient`, `eigenvalue` (of the smoothness `last`), `curvature` (on a plane)."""
        of_these_letters(self.args, (WEIGHTS, L, R))
        if what == "gradient":
            zero = ForAll(j, LAYERS, Eq(transpose(Q(j + 1)) * ERROR * transpose(P(j - 1)), 0))
            return PRODUCTS, zero, "at a minimum the gradient (5) vanishes in every layer"
        if what == "eigenvalue":
            return (
                (DeepLinearSmoothness(last, *self.args),),
                last >= 0,
                "at a minimum no Hessian eigenvalue is negative",
            )
        ss, st, tt = second_derivatives(last)
        psd = And(ss >= 0, ss * tt >= st**2, evaluate=False)
        return (*PRODUCTS, DERIVATIVE, STILL, *SECOND), psd, "at a minimum the Hessian is positive semidefinite on every plane"

    def decide(self) -> bool | None:
        """True where the explicit weights are a global minimum: an exact fit, or the best one that the narrowest layer allows."""
        weights, _, target = self.args
        if not isinstance(weights, Tuple):
            return None
        return True if is_best_fit(weights, ImmutableMatrix(target)) else None


class DeepLinearSmoothness(Smoothness):
    """`DeepLinearSmoothness(lam, weights, L, R)`: lam is the largest eigenvalue of the Hessian of the loss (2) at the weights."""

    def meaning(self) -> tuple[tuple[Any, ...], Any, str]:
        """The Rayleigh quotient of the direction D: lam sum_j ||D(j)||^2 >= F_ss."""
        of_these_letters(self.args[1:], (WEIGHTS, L, R))
        length = Sum(squared_norm(D(j)), (j, 1, L))
        return (
            (DEEP, PREFIX, FIRST, DERIVATIVE, STILL, *SECOND),
            self.args[0] * length >= second_derivatives(Integer(0))[0],
            "the largest eigenvalue bounds every Rayleigh quotient (Horn, Johnson, Matrix Analysis, 4.2.2)",
        )

    def has_value(self) -> tuple[Boolean, ...]:
        """A Hessian is symmetric, so it has a largest eigenvalue wherever there is a layer."""
        return (self.args[2] >= 1,)

    def decide(self) -> bool | None:
        """By the characteristic polynomial of the exact Hessian: lam is a root, and no root is larger."""
        lam, weights, _, target = self.args
        if not _explicit(weights) or not isinstance(lam, Rational):
            return None
        polynomial = characteristic(hessian(weights, ImmutableMatrix(target)))
        return polynomial.eval(lam) == 0 and count_roots(polynomial, lam, None) == 1


class DeepLinearReached(ReachedByRegularSteps):
    """`DeepLinearReached(delta, weights, L, R)`: GD with the step delta on the loss (2) reaches the weights from a random start.

    Such steps are regular, whatever the widths: 1/delta is no Hessian eigenvalue of some weights. L = 1: the Hessian is 1. L >= 3: it
    is 0 at the weights 0. L = 2, hidden width at least the rank of R: at a fit s W_2, W_1/s the eigenvalues are 0 or a s^2 + b/s^2 with
    numbers a, b >= 0. L = 2, else: at W_2 = 0, W_1 W_1' = c 1 they are 0 or h with h (h - c) an eigenvalue of R R', not 0 < h < c.
    """

    def decide(self) -> bool | None:
        """At explicit weights that are a global minimum: True if delta times the smoothness is below 2, False if it is above.

        Below 2 the loss falls by a fixed share of its squared gradient near the weights, so GD from all nearby starts converges to
        nearby minima (Absil, Mahony, Andrews, SIAM J. Optim. 16, 2005, theorem 3.2 and section 4: analytic losses); above 2 it is the
        fact `unstable-minima-attract-null-sets` for the weights and all minima near them.
        """
        return _attracts(*self.args)


class DeepLinearStable(StableUnderDescent):
    """`DeepLinearStable(delta, weights, L, R)`: the weights are a Lyapunov stable equilibrium of GD with step delta on the loss (2)."""

    def decide(self) -> bool | None:
        """At explicit weights that are a global minimum: True if delta times the smoothness is below 2, False if it is above.

        Below 2 the orbits of nearby starts are short, by the gradient inequality of analytic losses, as in `DeepLinearReached`; above
        2 it is the fact `stable-equilibria-are-flat`.
        """
        return _attracts(*self.args)


class DeepLinearLimit(Predicate):
    """`DeepLinearLimit(delta, weights, L, R)`: GD with the step delta on the loss (2) converges to the weights from some start."""

    def decide(self) -> bool | None:
        """True where the weights fit R exactly: started there, GD stays there, whatever the step."""
        _, weights, _, target = self.args
        return True if isinstance(weights, Tuple) and product_of(weights) == ImmutableMatrix(target) else None


class DeepLinearLipschitz(Predicate):
    """`DeepLinearLipschitz(kappa, weights, L, R)`: the gradient of the loss (2), over all weights of these shapes, is kappa-Lipschitz."""

    def meaning(self) -> tuple[tuple[Any, ...], Any, str]:
        """No Hessian eigenvalue exceeds kappa; here at the rescaled weights alpha(j) W(j)."""
        of_these_letters(self.args[1:], (WEIGHTS, L, R))
        smooth = DeepLinearSmoothness(lam, Lambda(j, alpha(j) * W(j)), L, R)
        return (smooth,), lam <= self.args[0], "a Lipschitz constant of the gradient bounds every Hessian eigenvalue (Nesterov 2004, 1.2.2)"

    def decide(self) -> bool | None:
        """At depth 1 the Hessian is the identity everywhere; else it has an entry above the constant where the layers are large."""
        constant, weights, depth, target = self.args
        if not _explicit(weights) or not isinstance(constant, Rational):
            return None
        if depth == 1:
            return (constant >= 1) is S.true
        corner = [ImmutableMatrix(*w.shape, lambda a, b: (1 + abs(constant)) if a == b == 0 else 0) for w in weights]
        return False if hessian(corner, ImmutableMatrix(target))[0, 0] > constant else None


def _explicit(weights: Any) -> bool:
    return isinstance(weights, Tuple) and not weights.free_symbols


def _attracts(delta: Any, weights: Any, _: Any, target: Any) -> bool | None:
    """For a global minimum: True if no Hessian eigenvalue reaches 2/delta, False if one exceeds it."""
    if not (_explicit(weights) and isinstance(delta, Rational) and delta > 0 and is_best_fit(weights, ImmutableMatrix(target))):
        return None
    polynomial = characteristic(hessian(weights, ImmutableMatrix(target)))
    if polynomial.eval(2 / delta) == 0:
        return False if count_roots(polynomial, 2 / delta, None) > 1 else None
    return count_roots(polynomial, 2 / delta, None) == 0


def is_best_fit(weights: Any, target: ImmutableMatrix) -> bool:
    """Whether W_L ... W_1 is shown to be a best approximation of R among the matrices that these widths allow.

    It is where E = R - P vanishes; and where P has the rank of the narrowest layer, E' P = 0, P E' = 0 and no singular value of E is above
    one of P that is not 0: then the singular values of R are those of P and E, and P keeps the largest (Eckart, Young).
    """
    if not are_rational(target, *map(ImmutableMatrix, weights)):
        return False
    product = product_of(weights)
    error = target - product
    if error.is_zero_matrix:
        return True
    if product.rank() < min(n for w in weights for n in w.shape) or any((*(error.T * product), *(product * error.T))):
        return False
    kept = [root for root in characteristic(product.T * product).real_roots() if root != 0]
    return all(decide(root <= min(kept)) is True for root in characteristic(error.T * error).real_roots())


@implements("nar-sastry:definition-deep-linear")
def product_of(weights: Any) -> ImmutableMatrix:
    """W_L ... W_1, the matrix of the deep linear network x -> W_L ... W_1 x.

    Args:
        weights: W_1, ..., W_L: exact matrices, W_j of shape (n_j, n_{j-1}).

    Raises:
        sympy.ShapeError: shapes do not chain.

    Source:
        Section 2.

    Example:
        >>> product_of([ImmutableMatrix([[2], [0]]), ImmutableMatrix([[1, 1]])])
        Matrix([[2]])
    """
    result = ImmutableMatrix(weights[0])
    for w in weights[1:]:
        result = ImmutableMatrix(w) * result
    return result


def loss_polynomial(weights: Any, target: ImmutableMatrix) -> Poly:
    """The loss (1/2) ||W_L ... W_1 - R||^2 as a polynomial in all entries of all layers, row by row."""
    letters = [symbols(f"w{i}_:{len(w)}") for i, w in enumerate(weights)]
    layers = [ImmutableMatrix(*w.shape, names) for w, names in zip(weights, letters, strict=True)]
    names = [x for layer in letters for x in layer]
    return sum((Poly(x, *names) ** 2 for x in product_of(layers) - target), Poly(0, *names)) * Rational(1, 2)


def hessian(weights: Any, target: ImmutableMatrix) -> ImmutableMatrix:
    """The exact Hessian of (1/2) ||W_L ... W_1 - R||^2 in all entries of all layers."""
    loss = loss_polynomial(weights, target)
    here = [x for w in weights for x in ImmutableMatrix(w)]
    slopes = [loss.diff(x) for x in loss.gens]
    upper = {(a, b): slopes[a].diff(loss.gens[b])(*here) for a in range(len(here)) for b in range(a, len(here))}
    return ImmutableMatrix(len(here), len(here), lambda a, b: upper[min(a, b), max(a, b)])


def characteristic(matrix: ImmutableMatrix) -> Poly:
    """The characteristic polynomial of an exact matrix."""
    x = Symbol("x")
    return Poly(matrix.charpoly(x).as_expr(), x)
