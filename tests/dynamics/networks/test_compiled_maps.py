"""Compiled torch maps: the same points as eager steps, for every batch and with momentum, and clear errors."""

import pytest
import torch

from dynamics import TorchMap, classify, deep_linear
from dynamics.networks import torch_maps

STEPS = torch.tensor([0.1, 0.2, 0.05], dtype=torch.float64)
START = torch.tensor([[1.2, -0.4], [0.3, 0.9], [-0.7, 0.1]], dtype=torch.float64)


def loss(w):
    return (w**4 / 4 - w**2 / 2).sum() + w[0] * w[1] / 5


def pair(step_size, momentum=None):
    return [TorchMap(loss, torch.zeros(2, dtype=torch.float64), step_size, momentum, compiled=compiled) for compiled in (False, True)]


@pytest.fixture
def traced(monkeypatch):
    """Traced and unrolled as compiled maps are, without the half minute of C++; the benchmark compares what that makes."""
    monkeypatch.setattr(torch_maps, "BACKEND", "eager")
    torch._dynamo.reset()


@pytest.mark.parametrize("momentum", [None, 0.5], ids=["descent", "momentum"])
def test_compiled_steps_are_eager_steps(traced, momentum):
    eager, compiled = pair(STEPS, momentum)
    start = START if momentum is None else torch.cat([START, torch.zeros_like(START)], dim=1)
    for steps in (0, 3, 4, 10):  # none, a rest alone, a block, blocks with a rest
        assert torch.equal(compiled.advance(start, steps), eager.advance(start, steps))
    few = [0, 2]
    assert torch.equal(compiled.select(few).advance(start[few], 9), eager.select(few).advance(start[few], 9))


def test_outcomes_are_those_of_the_eager_map(traced):
    eager, compiled = pair(0.1)
    assert classify(compiled, START[:1])[0].kind == classify(eager, START[:1])[0].kind == "converged"


def test_networks_compile(traced):
    x = torch.eye(2, dtype=torch.float64)
    eager, compiled = (
        TorchMap.of(deep_linear([2, 2, 2]), torch.nn.functional.mse_loss, x, 2 * x, 0.2, compiled=compiled) for compiled in (False, True)
    )
    start = eager.initial(3, seed=0)
    assert torch.equal(compiled.advance(start, 8), eager.advance(start, 8))


@pytest.mark.filterwarnings("ignore:.torch.jit.script_method:DeprecationWarning")  # torch's own, on its way to the compiler
def test_without_a_compiler_the_error_says_what_to_do(monkeypatch, tmp_path):
    from torch._inductor import config

    torch._dynamo.reset()
    monkeypatch.setattr(config.cpp, "cxx", ("no-such-compiler",))
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    _, compiled = pair(0.1)
    with pytest.raises(RuntimeError, match=r"InvalidCxxCompiler.*no-such-compiler.*C\+\+ compiler.*compiled=False"):
        compiled.advance(START, 4)


def test_a_loss_that_cannot_be_traced_is_refused(traced):
    def branching(w):
        torch._dynamo.graph_break()
        return w.square().sum()

    compiled = TorchMap(branching, torch.zeros(2, dtype=torch.float64), 0.1, compiled=True)
    with pytest.raises(RuntimeError, match="plain torch operations"):
        compiled.advance(START, 4)


def test_bad_points_are_refused_before_compiling(traced):
    _, compiled = pair(0.1)
    for bad in (START[:, :1], START.float(), START * float("nan")):
        with pytest.raises((ValueError, TypeError), match="expected"):
            compiled.advance(bad, 4)
