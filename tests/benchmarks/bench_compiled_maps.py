"""Torch maps compiled, 4 steps a call, against eager ones, in one run on one core, float64: 10,000 runs on f2, and small networks."""

import time

import pytest
import torch

from dynamics import TorchMap
from tests.benchmarks.timing import alternately, medians, ratios, store

RUNS, STEPS, NETS, ROUNDS = 10_000, 200, 256, 5
GENERATOR = torch.Generator().manual_seed(0)
DATA = torch.randn(16, 4, generator=GENERATOR, dtype=torch.float64)


def f2(w):
    return ((w**2 + 1) * (w - 1) ** 2 * (w - 2) ** 2).sum()


def network(parameters):
    """A two-layer tanh network, 4 inputs, 8 hidden units, against the sum of the inputs."""
    inner, outer = parameters
    return ((torch.tanh(DATA @ inner.mT) @ outer - DATA.sum(1)) ** 2).mean()


CASES = {
    "f2": (f2, torch.zeros(1, dtype=torch.float64), RUNS, 0.1),
    "network": (network, (torch.zeros(8, 4, dtype=torch.float64), torch.zeros(8, dtype=torch.float64)), NETS, 0.05),
}


@pytest.mark.filterwarnings("ignore:.torch.jit.script_method:DeprecationWarning")  # torch's own, on its way to the compiler
@pytest.mark.parametrize("name", CASES)
def test_compiled_against_eager(name):
    torch.set_num_threads(1)
    loss, like, runs, step = CASES[name]
    steps = torch.linspace(step / 2, step, runs, dtype=torch.float64)
    eager, compiled = (TorchMap(loss, like, steps, compiled=compiled) for compiled in (False, True))
    x = torch.randn(runs, eager.size, generator=torch.Generator().manual_seed(1), dtype=torch.float64) / 10 + 1
    began = time.perf_counter()
    first = compiled.advance(x, 4)
    first_call = time.perf_counter() - began
    difference = float((compiled.advance(x, 40) - eager.advance(x, 40)).abs().max())
    assert torch.isfinite(first).all() and difference < 1e-12  # stable orbits: 40 steps of about 30 roundings do not grow
    seconds = alternately({"eager": lambda: eager.advance(x, STEPS), "compiled": lambda: compiled.advance(x, STEPS)}, ROUNDS)
    rates = {rival: runs * STEPS / s for rival, s in medians(seconds).items()}
    print(f"\n{name}: eager {rates['eager']:.3g}, compiled {rates['compiled']:.3g} run-steps/s, {rates['compiled'] / rates['eager']:.3g}x")
    store(
        f"compiled_{name}",
        ("torch", "numpy"),
        task=f"{runs} runs x {STEPS} steps of {name}, step sizes {step / 2} to {step}",
        seconds=seconds,
        run_steps_per_second=rates,
        **ratios(seconds, "compiled"),
        largest_difference_after_40_steps=difference,
        seconds_of_the_first_call=first_call,
    )
