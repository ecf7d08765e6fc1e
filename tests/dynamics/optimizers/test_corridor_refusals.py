"""What CorridorSGD refuses, with one clear line; that nothing has moved then; and where it stands still instead."""

import copy
import math

import pytest
import torch

from dynamics import CorridorSGD

NAN, INF = float("nan"), float("inf")


def parameter(*values):
    return torch.tensor(values or (3.0, 4.0), dtype=torch.float64, requires_grad=True)


def ready(loss=12.5, gradient=(3.0, 4.0), **options):
    """A step that is about to be taken."""
    theta = parameter()
    theta.grad = torch.tensor(gradient, dtype=torch.float64)
    return theta, CorridorSGD([theta], **options), {"loss": loss}


def step(*arguments, **options):
    _, optimizer, loss = ready(*arguments, **options)
    optimizer.step(**loss)


def sparse():
    theta, optimizer, loss = ready()
    theta.grad = theta.grad.to_sparse()
    optimizer.step(**loss)


def missing():
    optimizer = CorridorSGD([parameter()])
    optimizer.step(loss=1.0)


def own_minimum():
    CorridorSGD([{"params": [parameter()], "minimum": 1.0}])


def bad_group(**options):
    return lambda: CorridorSGD([parameter()]).add_param_group({"params": [parameter()], **options})


BAD = {
    "no parameters": (lambda: CorridorSGD([]), ValueError, "empty parameter list"),
    "nan minimum": (lambda: CorridorSGD([parameter()], NAN), ValueError, "minimum = nan"),
    "infinite minimum": (lambda: CorridorSGD([parameter()], -INF), ValueError, "minimum = -inf"),
    "zero multiplier": (lambda: CorridorSGD([parameter()], multiplier=0.0), ValueError, "multiplier = 0.0"),
    "negative limit": (lambda: CorridorSGD([parameter()], max_step=-1.0), ValueError, "max_step = -1.0"),
    "infinite limit": (lambda: CorridorSGD([parameter()], max_step=INF), ValueError, "None for no limit"),
    "momentum 1": (lambda: CorridorSGD([parameter()], momentum=1.0), ValueError, "momentum = 1.0"),
    "own minimum": (own_minimum, ValueError, "expected one for all"),
    "group's multiplier": (bad_group(multiplier=NAN), ValueError, "multiplier = nan"),
    "group's momentum": (bad_group(momentum=-0.1), ValueError, "momentum = -0.1"),
    "a group that is none": (lambda: CorridorSGD([parameter()]).add_param_group(parameter()), TypeError, "dict"),
    "no loss": (lambda: ready()[1].step(), TypeError, "step(loss=loss)"),
    "two losses": (lambda: ready()[1].step(lambda: 1.0, loss=1.0), TypeError, "one of closure and loss"),
    "a closure without loss": (lambda: ready()[1].step(lambda: None), TypeError, "the loss is None"),
    "losses": (lambda: step(torch.ones(2)), TypeError, "shape (2,)"),
    "nan loss": (lambda: step(NAN), ValueError, "the loss is nan"),
    "infinite loss": (lambda: step(torch.tensor(INF)), ValueError, "the loss is inf"),
    "loss below the minimum": (lambda: step(0.5, minimum=0.75), ValueError, "the loss is 0.5, below the minimum 0.75"),
    "one rounding below": (lambda: step(math.nextafter(1, 0), minimum=1.0), ValueError, "below the minimum 1.0"),
    "nan gradient": (lambda: step(gradient=(NAN, 1.0)), ValueError, "NaN or infinity"),
    "nan beside infinity": (lambda: step(gradient=(NAN, INF)), ValueError, "NaN or infinity"),
    "infinite gradient": (lambda: step(gradient=(INF, 1.0)), ValueError, "NaN or infinity"),
    "zero gradient above": (lambda: step(gradient=(0.0, 0.0)), ValueError, "12.5, above the minimum 0.0"),
    "step that overflows": (lambda: step(gradient=(1e-200, 0.0)), ValueError, "no step size leads on"),
    "sparse": (sparse, RuntimeError, "CorridorSGD needs dense ones"),
    "missing": (missing, RuntimeError, "no gradient"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("loss", "gradient"), [(NAN, (3.0, 4.0)), (12.5, (NAN, 0.0)), (-1.0, (3.0, 4.0)), (1.0, (0.0, 0.0))])
def test_a_step_that_fails_moves_nothing_and_can_be_repeated(loss, gradient):
    theta, optimizer, _ = ready(momentum=0.5)
    optimizer.step(loss=12.5)
    before, last = copy.deepcopy((theta.detach(), optimizer.state_dict())), optimizer.last_step
    good, theta.grad = theta.grad, torch.tensor(gradient, dtype=torch.float64)
    with pytest.raises(ValueError):
        optimizer.step(loss=loss)
    assert torch.equal(theta.detach(), before[0]) and optimizer.last_step == last
    assert torch.equal(optimizer.state_dict()["state"][0]["velocity"], before[1]["state"][0]["velocity"])
    theta.grad = good
    optimizer.step(loss=12.5)
    assert not torch.equal(theta.detach(), before[0])


def test_at_the_minimum_there_is_nothing_to_do():
    for gradient in ((0.0, 0.0), (3.0, 4.0)):  # a gradient that is not 0 there is a rounding of the loss
        theta, optimizer, loss = ready(2.0, gradient, minimum=2.0)
        optimizer.step(**loss)
        assert theta.tolist() == [3.0, 4.0] and optimizer.last_step.step_size == 0


def test_with_a_limit_a_dead_minibatch_stops_nothing_and_the_velocity_goes_on():
    theta, optimizer, loss = ready(max_step=0.25, momentum=0.5)
    optimizer.step(**loss)  # v = -g/4
    theta.grad = torch.zeros_like(theta)
    optimizer.step(**loss)  # v = -g/8
    assert optimizer.last_step.step_size == 0.25 and theta.tolist() == [3 - 3 / 4 - 3 / 8, 4 - 1 - 1 / 2]


def test_a_tiny_gradient_with_a_limit_takes_the_limit():
    theta, optimizer, loss = ready(gradient=(1e-200, 0.0), max_step=2.0)
    optimizer.step(**loss)
    assert optimizer.last_step.step_size == 2.0 and optimizer.last_step.gradient_norm == 1e-200
