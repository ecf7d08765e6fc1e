"""What a factor before the objective changes: exact runs of linGrad, and random networks."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import Lambda, Rational, symbols

from tests.theory.linear_range.nets import Net, nets
from theory.linear_range.algorithm_1 import lingrad

u, s, y = symbols("u s y", real=True)
PRODUCT, CUBIC = Lambda((u, s), u * s), Lambda((u, s), u + s**3)
factors = st.sampled_from([2, 10, Rational(1, 3)])


def run(layers: list[Lambda], factor: object, first_step: object) -> list[object]:
    loss = Lambda((u, y), factor * (u - y) ** 2 / 2)
    batches = [[(1, 2)], [(2, Rational(1, 2)), (1, 3)]]
    return lingrad(
        layers, loss, [Rational(3, 2)] * len(layers), batches, epsilon_star=Rational(1, 2), first_step=first_step, history=2, epochs=1
    )


@pytest.mark.claim("ni-talnikar:text-tenfold")
@pytest.mark.parametrize("layers", [[PRODUCT] * 2, [PRODUCT, CUBIC], [CUBIC]])
@given(factors)
def test_a_run_is_the_same_if_the_first_step_is_divided(layers: list[Lambda], factor: object) -> None:
    plain, scaled = run(layers, 1, 1), run(layers, factor, 1 / Rational(factor))
    for one, other in zip(plain, scaled, strict=True):
        assert one.parameters == other.parameters and one.epsilon == other.epsilon and one.step_size == factor * other.step_size


@pytest.mark.claim("ni-talnikar:text-tenfold")
@given(factors)
def test_with_the_same_first_step_only_a_proportional_epsilon_helps(factor: object) -> None:
    for layers, same in (([PRODUCT] * 2, True), ([CUBIC], False)):
        assert (run(layers, 1, 1)[0].parameters == run(layers, factor, 1)[0].parameters) is same


@pytest.mark.claim("ni-talnikar:text-tenfold")
def test_a_fixed_step_moves_ten_times_as_far() -> None:
    """The direction of 10 J is ten times that of J, in the same network at the same parameters."""
    moved = [run([PRODUCT] * 2, factor, 1)[0] for factor in (1, 10)]
    sigma = [[(w - Rational(3, 2)) / step.step_size for w in step.parameters] for step in moved]
    assert sigma[1] == [10 * d for d in sigma[0]]


@pytest.mark.claim("ni-talnikar:text-clipping", "ni-talnikar:text-tenfold")
@given(nets, st.floats(0.05, 20))
def test_a_shorter_direction_measures_the_same_parameters_alike(net: Net, factor: float) -> None:
    assume(min(np.linalg.norm(v) for v in net.tangents()[0][1:]) > 1e-2)
    # the same numbers up to rounding of 1e-16, relative to errors that may be 1e-4 of the states
    assert net.along(factor).epsilon(0.5 / factor) == pytest.approx(net.epsilon(0.5), rel=1e-9, abs=1e-11)


@pytest.mark.claim("ni-talnikar:text-clipping")
def test_clipping_one_layer_alone_changes_the_range() -> None:
    """The claim is about the norm of the whole gradient: a direction that is not a multiple is measured differently."""
    net = Net([np.array([[1.0]]), np.array([[1.0]])], [np.array([[1.0]]), np.array([[1.0]])], np.array([1.0]))
    clipped = Net(net.weights, [net.moves[0] / 4, net.moves[1]], net.x)
    assert abs(clipped.epsilon(0.5) - net.epsilon(0.5)) > 0.01
