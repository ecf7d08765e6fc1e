"""Initialisations by name: the exact property of each, moments, seeds, norms and biases, errors."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from dynamics import balanced_factors, conv_net, deep_linear, deep_relu, densely_connected, initialise, logistic, resnet20, two_layer_relu
from tests.dynamics.known_networks import F64, NETWORKS, normal

# Matrices of at most 12 columns and entries below 10, a decomposition backward stable to a few dozen roundings: 12 * 10 * 40 * 1.1e-16.
ROUNDING = 6e-13
CHAINS = [[3, 3, 3, 3], [5, 3, 4], [2, 8, 12, 3], [4, 2, 5, 4], [6, 1, 6], [3, 4]]
SCALED = pytest.mark.parametrize("scale", [1.0, 0.5, 2.0])


def weights(network):
    return [w.detach() for w in network.parameters() if w.ndim >= 2]


def gap(found, expected):
    return (found - expected).abs().max().item()


def product(matrices):
    total = matrices[0]
    for w in matrices[1:]:
        total = w @ total
    return total


@SCALED
@pytest.mark.parametrize("widths", CHAINS)
def test_balanced_layers_are_balanced(widths, scale):
    network = initialise(deep_linear(widths), "balanced", seed=3, scale=scale)
    chain = weights(network)
    for before, after in zip(chain, chain[1:], strict=False):
        size = float(torch.linalg.matrix_norm(before)) ** 2
        assert gap(after.mT @ after, before @ before.mT) <= ROUNDING * max(1, size)
    # what is spread evenly over the layers is the product of the Gaussian ones, which come from the same draws
    gaussian = weights(initialise(deep_linear(widths), "gaussian", seed=3, scale=scale))
    assert gap(product(chain), product(gaussian)) <= ROUNDING * max(1, float(torch.linalg.matrix_norm(product(gaussian))))
    assert len(chain) == 1 or gap(chain[0], gaussian[0]) > 0.1


def test_balanced_factors_of_a_given_product():
    target = normal(3, 4) @ torch.diag(torch.tensor([5.0, 1.0, 0.0, 0.0], dtype=F64)) @ normal(4, 4, seed=1)
    chain = balanced_factors(target, [4, 2, 6, 3], torch.Generator().manual_seed(0))
    assert [tuple(w.shape) for w in chain] == [(2, 4), (6, 2), (3, 6)]
    assert gap(product(chain), target) <= ROUNDING * float(torch.linalg.matrix_norm(target))
    other = balanced_factors(target, [4, 2, 6, 3], torch.Generator().manual_seed(1))
    assert gap(product(other), target) <= ROUNDING * float(torch.linalg.matrix_norm(target)) and gap(other[0], chain[0]) > 0.1
    for w in chain:  # every layer has the third roots of the singular values
        assert np.linalg.svd(w.numpy())[1][:2] == pytest.approx(np.linalg.svd(target.numpy())[1][:2] ** (1 / 3), rel=ROUNDING)


@SCALED
@pytest.mark.parametrize("network", [deep_linear([3, 5, 2, 2]), conv_net([2, 6], classes=3, image=(1, 4, 4)), resnet20(width=1)])
def test_orthogonal_weights_have_orthonormal_rows_or_columns(network, scale):
    for w in weights(initialise(network, "orthogonal", seed=1, scale=scale)):
        matrix = w.flatten(1)
        small = matrix @ matrix.mT if matrix.shape[0] <= matrix.shape[1] else matrix.mT @ matrix
        assert gap(small, scale**2 * torch.eye(len(small), dtype=F64)) <= ROUNDING


@SCALED
def test_gaussian_weights_have_the_moments(scale):
    drawn = weights(initialise(deep_linear([300, 300, 300]), "gaussian", seed=0, scale=scale))
    sample = torch.cat([w.flatten() for w in drawn]) / scale
    n = sample.numel()
    # five standard errors of the mean (1), the variance (2), the fourth moment (96) of n independent normal numbers
    for power, value, variance in ((1, 0, 1), (2, 1, 2), (4, 3, 96)):
        assert abs((sample**power).mean().item() - value) <= 5 * math.sqrt(variance / n)
    assert abs((drawn[0] * drawn[1]).mean().item()) <= 5 * scale**2 / 300  # the layers are independent


@SCALED
def test_identity_weights_are_identities(scale):
    for w in weights(initialise(logistic([4, 4, 4]), "identity", seed=0, scale=scale)):
        assert torch.equal(w, scale * torch.eye(4, dtype=F64))
    convolution = initialise(nn.Conv2d(3, 3, 3, padding=1, dtype=F64), "identity", seed=0, scale=scale)
    image = normal(1, 3, 5, 5)
    assert torch.equal(convolution(image), scale * image)


@pytest.mark.parametrize("name", NETWORKS)
def test_biases_are_zero_norms_are_new_and_the_seed_decides(name):
    network = NETWORKS[name][0]()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(7.0)
    state = torch.random.get_rng_state()
    first = {key: w.clone() for key, w in initialise(network, "orthogonal", seed=5).state_dict().items()}
    again = initialise(network, "orthogonal", generator=torch.Generator().manual_seed(5)).state_dict()
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(first[key], again[key]) for key in first)
    other = initialise(NETWORKS[name][0](), "orthogonal", seed=6)
    norms = {key for key, part in network.named_modules() if isinstance(part, nn.BatchNorm2d | nn.GroupNorm)}
    for key, parameter in network.named_parameters():
        if parameter.ndim == 1:
            gain = key.endswith(".weight") and key.removesuffix(".weight") in norms
            assert torch.equal(parameter, torch.full_like(parameter, float(gain))), key
        elif parameter.numel() > 1:
            assert not torch.equal(parameter, other.get_parameter(key)), key


def test_fixed_biases_stay():
    network = two_layer_relu(2, 3, 1)
    network.layer1.bias.fill_(7.0)
    assert initialise(network, "gaussian", seed=0).layer1.bias.tolist() == [7.0] * 3


SQUARE = deep_linear([2, 2, 2])
BAD = {
    "unknown name": (lambda: initialise(SQUARE, "xavier", seed=0), "identity, balanced, orthogonal, gaussian"),
    "no seed": (lambda: initialise(SQUARE, "gaussian"), "one of seed and generator"),
    "seed and generator": (lambda: initialise(SQUARE, "gaussian", seed=0, generator=torch.Generator()), "one of seed and generator"),
    "scale 0": (lambda: initialise(SQUARE, "gaussian", seed=0, scale=0.0), "positive scale"),
    "scale negative": (lambda: initialise(SQUARE, "orthogonal", seed=0, scale=-1.0), "positive scale"),
    "scale nan": (lambda: initialise(SQUARE, "gaussian", seed=0, scale=math.nan), "positive scale"),
    "scale infinite": (lambda: initialise(SQUARE, "gaussian", seed=0, scale=math.inf), "positive scale"),
    "no weights": (lambda: initialise(nn.ReLU(), "gaussian", seed=0), "ReLU has no weights"),
    "identity, not square": (lambda: initialise(deep_linear([2, 3]), "identity", seed=0), "layer1.weight has shape (3, 2)"),
    "identity, more channels": (lambda: initialise(conv_net(), "identity", seed=0), "(8, 3, 3, 3)"),
    "balanced convolutions": (lambda: initialise(conv_net(), "balanced", seed=0), "chain"),
    "balanced, no chain": (lambda: initialise(densely_connected([2, 2, 2]), "balanced", seed=0), "(2, 4)"),
    "factors, too narrow": (lambda: balanced_factors(torch.eye(3), [3, 2, 3], torch.Generator()), "smallest width, 2"),
    "factors, other shape": (lambda: balanced_factors(torch.eye(3), [3, 2], torch.Generator()), "(n_L, n_0)"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(case):
    call, words = BAD[case]
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_refused_initialisation_changes_nothing():
    network = deep_relu([2, 2, 3])
    before = [w.clone() for w in network.parameters()]
    with pytest.raises(ValueError, match="identity"):
        initialise(network, "identity", seed=0)
    assert all(torch.equal(old, new) for old, new in zip(before, network.parameters(), strict=True))
