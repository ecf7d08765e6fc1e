"""How many inputs an image of MNIST gives. (section 4.2)."""

from sympy import Eq, Integer

from theory.evidence import at, mutant, proves, refutes
from theory.linear_range.symbols import n
from theory.proof import Refutation, Statement, Theorem, counterexample, follows

PIXELS = Eq(n, Integer(28) ** 2)  # an image is 28 x 28 pixels (LeCun et al., Proceedings of the IEEE 86, 1998, section III.A)
inputs = Statement((PIXELS,), Eq(n, 764), source="ni-talnikar:text-764")
right_inputs = inputs.amend(then=Eq(n, 784), why="28^2 = 784: a misprint.")


@refutes(inputs, why="28^2 is 784.")
def not_764() -> Refutation:
    """28 rows of 28 pixels."""
    return counterexample(inputs, {n: 784})


@proves(
    right_inputs,
    witness=at({n: 784}),
    mutants=[
        mutant(right_inputs.with_then(Eq(n, 1024)), {n: 784}, "32^2, with a margin"),
        mutant(right_inputs.drop(PIXELS), {n: 764}, "for any images"),
    ],
)
def one_neuron_a_pixel() -> Theorem:
    """28 times 28."""
    return follows(right_inputs.then, PIXELS)
