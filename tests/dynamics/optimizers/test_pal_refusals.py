"""What PAL refuses, with one clear line; that nothing has moved then."""

import math

import pytest
import torch

from dynamics import PAL

NAN, INF = float("nan"), float("inf")


def parameter(*values):
    return torch.tensor(values or (3.0, 4.0), dtype=torch.float64, requires_grad=True)


def step(losses, gradient=(3.0, 4.0), **options):
    """A step whose closure returns these losses, with this gradient."""
    theta = parameter()
    optimizer, answers = PAL([theta], **options), iter(losses)

    def closure():
        theta.grad = torch.tensor(gradient, dtype=torch.float64)
        answer = next(answers)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    try:
        optimizer.step(closure)
    finally:
        assert theta.tolist() == [3.0, 4.0] and not optimizer.state, "something moved"


def sparse():
    theta = parameter()
    theta.grad = torch.ones(2, dtype=torch.float64).to_sparse()
    PAL([theta]).step(lambda: 1.0)


BAD = {
    "no parameters": (lambda: PAL([]), ValueError, "empty parameter list"),
    "zero mu": (lambda: PAL([parameter()], mu=0.0), ValueError, "mu = 0.0: expected a positive finite number"),
    "nan mu": (lambda: PAL([parameter()], mu=NAN), ValueError, "mu = nan"),
    "infinite alpha": (lambda: PAL([parameter()], alpha=INF), ValueError, "alpha = inf"),
    "negative cap": (lambda: PAL([parameter()], s_max=-1.0), ValueError, "s_max = -1.0: expected a positive finite number, or None"),
    "momentum 1": (lambda: PAL([parameter()], momentum=1.0), ValueError, "momentum = 1.0"),
    "a group's mu": (lambda: PAL([{"params": [parameter()], "mu": 0.2}]), ValueError, "its own mu: expected one for all groups"),
    "a group that is none": (lambda: PAL([parameter()]).add_param_group(parameter()), TypeError, "dict"),
    "no closure": (lambda: PAL([parameter()]).step(), TypeError, "step(closure)"),
    "a closure without loss": (lambda: step([None]), TypeError, "the loss is None"),
    "losses": (lambda: step([torch.ones(2)]), TypeError, "shape (2,)"),
    "nan loss": (lambda: step([NAN]), ValueError, "the loss is nan"),
    "infinite probe": (lambda: step([1.0, torch.tensor(INF)]), ValueError, "the loss at mu = 0.1 along the line is inf"),
    "no probe": (lambda: step([1.0, None]), TypeError, "the loss at mu = 0.1 along the line is None"),
    "interrupted at mu": (lambda: step([1.0, KeyboardInterrupt()], momentum=0.5), KeyboardInterrupt, ""),
    "nan gradient": (lambda: step([1.0], (NAN, 1.0)), ValueError, "NaN or infinity"),
    "almost straight": (lambda: step([0.0, 1e-12 - 1], (1.0, 0.0), mu=1.0, alpha=1e300, s_max=None), ValueError, "give s_max"),
    "missing": (lambda: PAL([parameter()]).step(lambda: 1.0), RuntimeError, "no gradient"),
    "sparse": (sparse, RuntimeError, "PAL needs dense ones"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_a_zero_gradient_moves_nothing_and_asks_for_one_loss():
    theta = parameter()
    optimizer, calls = PAL([theta]), []

    def closure():
        theta.grad = torch.zeros(2, dtype=torch.float64)
        calls.append(1)
        return 2.0

    assert optimizer.step(closure) == 2.0 and theta.tolist() == [3.0, 4.0] and calls == [1]
    assert optimizer.last_step.step_size == 0 and optimizer.last_step.probe is None and not math.copysign(1, optimizer.last_step.slope) > 1
