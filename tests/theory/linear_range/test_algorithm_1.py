"""linGrad in exact arithmetic against an implementation in floating point with derivatives by differences."""

from collections.abc import Callable
from typing import Any

import pytest
from sympy import Lambda, Rational, lambdify, sqrt, symbols

from theory.linear_range.algorithm_1 import lingrad

u, s, y = symbols("u s y", real=True)
LAYERS = [Lambda((u, s), u * s + s**2), Lambda((u, s), u * s - s)]
LOSS = Lambda((u, y), (u - y) ** 2 / 2)
BATCHES = [[(1, 1), (Rational(1, 2), 0)], [(2, -1)], [(Rational(3, 2), 1), (1, 2), (Rational(-1, 2), 1)]]
START = [Rational(1, 2), Rational(-1, 3)]
STEP = 1e-6  # central differences: an error of 1e-12 in theory, and 1e-16/1e-6 = 1e-10 by rounding
CLOSE = 1e-6


def in_floats(epsilon_star: float, psi: float, history: int, every: int) -> list[tuple[Any, ...]]:
    layers = [lambdify((u, s), layer(u, s)) for layer in LAYERS]

    def states(x: float, parameters: list[float]) -> list[float]:
        found = [x]
        for layer, w in zip(layers, parameters, strict=True):
            found.append(layer(found[-1], w))
        return found

    def slope(of: Callable[[float], float]) -> float:
        return (of(STEP) - of(-STEP)) / (2 * STEP)

    w, candidates, seen = [float(v) for v in START], [], []
    for number, batch in enumerate([[(float(a), float(b)) for a, b in batch] for batch in BATCHES]):

        def loss(parameters: list[float], batch: Any = batch) -> float:
            return sum((states(x, parameters)[-1] - t) ** 2 / 2 for x, t in batch) / len(batch)

        sigma = [-slope(lambda h, n=n, w=w: loss([v + h * (m == n) for m, v in enumerate(w)])) for n in range(len(w))]
        epsilon = None
        if number % every == 0:
            total = 0.0
            for x, _ in batch:
                old, new = states(x, w), states(x, [v + psi * d for v, d in zip(w, sigma, strict=True)])
                for n in range(1, 3):
                    v = slope(lambda h, n=n, x=x, w=w, sigma=sigma: states(x, [a + h * d for a, d in zip(w, sigma, strict=True)])[n])
                    total += abs(new[n] - old[n] - psi * v) / abs(psi * v) / 2 / len(batch)
            epsilon = total
            candidates.append(psi * epsilon_star / epsilon)
            psi = min(candidates[-history:])
        w = [v + psi * d for v, d in zip(w, sigma, strict=True)]
        seen.append((epsilon, psi, w))
    return seen


@pytest.mark.claim("ni-talnikar:algorithm-1")
@pytest.mark.parametrize(("history", "every"), [(1, 1), (3, 1), (2, 2), (50, 3)])
def test_line_by_line(history: int, every: int) -> None:
    exact = lingrad(LAYERS, LOSS, START, BATCHES, epsilon_star=Rational(3, 10), first_step=Rational(1, 10), history=history, every=every)
    for step, (epsilon, psi, w) in zip(exact, in_floats(0.3, 0.1, history, every), strict=True):
        assert (step.epsilon is None) == (epsilon is None)
        if epsilon is not None:
            assert float(step.epsilon) == pytest.approx(epsilon, rel=CLOSE)
        assert float(step.step_size) == pytest.approx(psi, rel=CLOSE)
        assert [float(v) for v in step.parameters] == pytest.approx(w, rel=CLOSE, abs=CLOSE)


SIMPLE: dict[str, Any] = {"epsilon_star": 1, "first_step": 1, "history": 1}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"layers": [lambda a, b: a]}, TypeError, r"layers\[0\] is .*: expected a Lambda of two variables"),
        ({"loss": Lambda(u, u)}, TypeError, "loss is .*: expected a Lambda"),
        ({"parameters": [1, 1]}, ValueError, "found 1 layers and 2 parameters"),
        ({"parameters": [0.5]}, TypeError, r"parameters\[0\] is 0.5: expected an exact number"),
        ({"minibatches": [[]]}, ValueError, "a minibatch is empty"),
        ({"minibatches": []}, ValueError, "a minibatch is empty"),
        ({"history": 0}, ValueError, "history is 0: expected an integer >= 1"),
        ({"every": True}, ValueError, "every is True"),
        ({"first_step": 0}, ValueError, "expected both to be greater than 0"),
        ({"first_step": -1}, ValueError, "expected both to be greater than 0"),
        ({"epsilon_star": -1}, ValueError, "expected both to be greater than 0"),
        ({"layers": [Lambda((u, s), u / s)]}, ValueError, "epsilon on minibatch 0 is oo: expected a finite real number"),
        (
            {"parameters": [sqrt(sqrt(2) + sqrt(3))], "minibatches": [[(1, sqrt(5 + 2 * sqrt(6)))]]},
            ValueError,
            "the tangent of layer 1 is 0",
        ),
        ({"minibatches": [[(1, 1)]]}, ValueError, "the tangent of layer 1 is 0 for the input 1"),
        ({"layers": [Lambda((u, s), u * s)]}, ValueError, "epsilon is 0 on minibatch 0"),
    ],
)
def test_what_is_refused(change: dict[str, Any], error: type[Exception], message: str) -> None:
    """A pole at s = 0; a target that is reached, in nested roots; nothing to learn, hence no direction; one linear layer."""
    call = {"layers": [Lambda((u, s), u * s**2)], "loss": LOSS, "parameters": [1], "minibatches": [[(1, 2)]], **SIMPLE, **change}
    with pytest.raises(error, match=message):
        lingrad(call.pop("layers"), call.pop("loss"), call.pop("parameters"), call.pop("minibatches"), **call)
