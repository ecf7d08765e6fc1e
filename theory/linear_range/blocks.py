"""Residual blocks as layers: what is inside a block need not be a state. (appendix A).

A block first computes an inner state from its input, then its output from both; the identity that skips the inner layers is part of the
second map. Seen from outside it is one layer, and the network has the form (1). A skip across the border of a block spoils that.
"""

from sympy import Abs, Eq, Expr, Lambda

from theory.evidence import at, mutant, proves
from theory.linear_range.networks import LAYERS, at_layer
from theory.linear_range.symbols import I, S, U, eta, i, inner, into, out, s, u
from theory.proof import ForAll, Statement, Theorem, rewrite
from theory.proof.ranges import throughout

INSIDE = ForAll(i, LAYERS, Eq(inner(i), into(i, u(i, 0), s(i))))
OUTPUT = ForAll(i, LAYERS, Eq(u(i + 1, 0), out(i, u(i, 0), inner(i), s(i))))


def _layers(of: Expr) -> ForAll:
    """Every state is this function of the one before it and of the parameters of its layer, as in (1)."""
    return ForAll(i, LAYERS, Eq(u(i + 1, 0), of))


BLOCK = out(i, u(i, 0), into(i, u(i, 0), s(i)), s(i))
residual_network = Statement((INSIDE, OUTPUT), _layers(BLOCK), source="ni-talnikar:text-resnet-recovers-1")
# Three times u from u = 1, as u + 2 s u: the states are 1, 3, 9, the inner ones 2 and 6
TRIPLING = {
    I: 2,
    u: Lambda((i, U), 3 ** Abs(i)),
    inner: Lambda(i, 2 * 3 ** Abs(i)),
    into: Lambda((i, U, S), 2 * S * U),
    out: Lambda((i, U, eta, S), U + eta),
    s: Lambda(i, 1),
}


@proves(
    residual_network,
    witness=at(TRIPLING),
    mutants=[
        mutant(residual_network.with_then(_layers(into(i, u(i, 0), s(i)))), TRIPLING, "without what skips the inner layers"),
        mutant(residual_network.with_then(_layers(out(i, u(i, 0), into(i, u(i + 1, 0), s(i)), s(i)))), TRIPLING, "of the next state"),
        mutant(
            residual_network.drop(INSIDE), {**TRIPLING, u: Lambda((i, U), 2 ** Abs(i)), inner: Lambda(i, 2 ** Abs(i))}, "from elsewhere"
        ),
    ],
)
def a_block_is_a_layer() -> Theorem:
    """u(i+1) = f_out(i, u(i), f_in(i, u(i), s(i)), s(i)), a function of u(i) and s(i): the inner state is put in."""
    return throughout(rewrite(at_layer(OUTPUT, i), at_layer(INSIDE, i)), i, LAYERS)
