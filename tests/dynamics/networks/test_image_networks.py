"""Networks for images: published sizes, a convolution and whole residual networks by hand, zero branches."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from dynamics import conv_net, dropout_conv_net, resnet18, resnet20, resnet50, vgg16
from tests.dynamics.known_networks import F64, normal

# Sums of at most 24 products below 10: 24 * 10 * 1.1e-16 < 4e-14.
ROUNDING = 4e-14


def convolutions(sizes):
    return sum(kernel**2 * inputs * outputs + 2 * outputs for kernel, inputs, outputs in sizes)  # two numbers a channel for the norm


def stages(widths, blocks, projections):
    """Kernel, inputs, outputs of every convolution, written out stage by stage."""
    sizes = [(3, 3, widths[0])]
    for before, width in zip([widths[0], *widths], widths, strict=False):
        sizes += [(3, before, width)] + [(3, width, width)] * (2 * blocks - 1)
        sizes += [(1, before, width)] if projections and before != width else []
    return sizes


PUBLISHED = {
    "ResNet-20 (0.27M)": (resnet20, stages([16, 32, 64], 3, False), (64, 8, 8), 269_722),
    "ResNet-18 for CIFAR": (resnet18, stages([64, 128, 256, 512], 2, True), (512, 4, 4), 11_173_962),
}


@pytest.mark.parametrize("norm", ["batch", "group"])
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_sizes(name, norm):
    make, sizes, features, count = PUBLISHED[name]
    assert convolutions(sizes) + 10 * features[0] + 10 == count
    network = make(norm=norm, device="meta")
    assert sum(w.numel() for w in network.parameters()) == count
    states = network.states(torch.zeros(1, 3, 32, 32, dtype=F64, device="meta"))
    assert states[1].shape[2:] == (32, 32) and states[-2].shape[1:] == features
    # the weight layers that give the networks their names: the stem, two a block, the head
    assert int(name[7:9]) == 2 + 2 * (len(network) - 2)


@pytest.mark.claim("yedida-saha:table-4")
def test_the_conv_net_with_dropout():
    """Printed: two convolutions without padding, then all with; two poolings; shares 0.2 and 0.25; 730K parameters."""
    network = dropout_conv_net(device="meta")
    shapes = [tuple(u.shape[1:]) for u in network.states(torch.zeros(2, 1, 28, 28, dtype=F64, device="meta"))]
    assert shapes == [(1, 28, 28), (32, 12, 12), (64, 6, 6), (4608,), (128,), (10,)]
    assert [part.p for part in network.modules() if isinstance(part, nn.Dropout)] == [0.2, 0.25, 0.25, 0.25]
    assert [part.padding[0] for part in network.modules() if isinstance(part, nn.Conv2d)] == [0, 0, 1, 1, 1]
    assert round(sum(w.numel() for w in network.parameters()), -3) == 730_000
    with pytest.raises(ValueError, match="width = 0: expected a positive integer"):
        dropout_conv_net(width=0)


def test_the_convolution_by_hand():
    network, image = conv_net([6], classes=1, image=(1, 4, 4)), normal(1, 1, 4, 4)
    p = {key: value.detach().numpy() for key, value in network.state_dict().items()}
    padded = np.pad(image[0, 0].numpy(), 1)
    maps = np.array(
        [
            [[(padded[i : i + 3, j : j + 3] * kernel[0]).sum() + b for j in range(4)] for i in range(4)]
            for kernel, b in zip(p["layer1.0.weight"], p["layer1.0.bias"], strict=True)
        ]
    )
    pooled = maps.reshape(6, 2, 2, 2, 2).max(axis=(2, 4))
    assert pooled.min() < -0.1  # so that the ReLU does something
    expected = np.maximum(pooled, 0).reshape(-1) @ p["head.1.weight"].T + p["head.1.bias"]
    assert network(image).detach().numpy()[0] == pytest.approx(expected, abs=ROUNDING)


def bottlenecks(widths, counts):
    """Kernel, inputs, outputs of every convolution of a ResNet with bottlenecks, written out stage by stage."""
    sizes, before = [(3, 3, widths[0])], widths[0]
    for width, count in zip(widths, counts, strict=True):
        sizes += [(1, before, 4 * width)]  # the shortcut
        for i in range(count):
            sizes += [(1, 4 * width if i else before, width), (3, width, width), (1, width, 4 * width)]
        before = 4 * width
    return sizes


def test_the_size_of_resnet50():
    """23,520,842 is published for CIFAR-10, too."""
    assert convolutions(bottlenecks([64, 128, 256, 512], [3, 4, 6, 3])) + 10 * 2048 + 10 == 23_520_842
    network = resnet50(device="meta")
    assert sum(w.numel() for w in network.parameters()) == 23_520_842 and len(network) == 2 + 16
    shapes = [tuple(u.shape[1:]) for u in network.states(torch.zeros(1, 3, 32, 32, dtype=F64, device="meta"))]
    assert [shapes[i] for i in (1, 4, 8, 14, 17)] == [(64, 32, 32), (256, 32, 32), (512, 16, 16), (1024, 8, 8), (2048, 4, 4)]


def test_a_bottleneck_by_hand():
    network, images = resnet50(3, width=4), normal(2, 3, 8, 8)
    weights = [w.detach() for w in network.stage2_block1.parameters()]
    u = network.states(images)[4].detach()

    def layer(u, i, stride=1):
        return normalised(nn.functional.conv2d(u, weights[i], stride=stride, padding=weights[i].shape[-1] // 2), "batch")

    branch = layer(layer(layer(u, 0).relu(), 3, 2).relu(), 6)
    assert (network.stage2_block1(u) - (branch + layer(u, 9, 2)).relu()).abs().max().item() <= DEEP_ROUNDING


@pytest.mark.parametrize("norm", ["batch", "none"])
def test_vgg16_by_hand(norm):
    """Thirteen 3x3 convolutions of table 1, D; pooling after the 2nd, 4th, 7th, 10th and 13th; one linear layer."""
    channels = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    extra = 2 * sum(channels[1:]) if norm == "batch" else sum(channels[1:])
    count = sum(9 * a * b for a, b in pairwise(channels)) + extra + 512 * 10 + 10
    assert sum(w.numel() for w in vgg16(norm=norm, device="meta").parameters()) == count
    network, u = vgg16(3, norm=norm, width=4), normal(2, 3, 32, 32)
    weights = iter([w.detach() for w in network.parameters()])
    expected = u
    for i in range(1, 14):
        weight, bias = next(weights), next(weights)
        expected = nn.functional.conv2d(expected, weight, None if norm == "batch" else bias, padding=1)
        if norm == "batch":
            expected = normalised(expected, norm) * bias[:, None, None] + next(weights)[:, None, None]
        expected = expected.relu()
        if i in (2, 4, 7, 10, 13):
            expected = expected.reshape(*expected.shape[:2], expected.shape[2] // 2, 2, -1, 2).amax((3, 5))
    expected = expected.flatten(1) @ next(weights).mT + next(weights)
    assert (network(u) - expected).abs().max().item() <= DEEP_ROUNDING


@pytest.mark.parametrize("make", [resnet18, resnet50, vgg16])
def test_an_unknown_norm_is_one_line(make):
    with pytest.raises(ValueError, match="norm = 'layer': expected 'batch' or 'group'"):
        make(norm="layer", device="meta")


def normalised(u, norm):
    """Mean 0 and variance 1 over a channel of the batch, or over 16 channels of a sample."""
    shape = u.shape
    if norm == "group" and shape[1] > 16:
        u = u.reshape(shape[0], -1, 16, *shape[2:])
    axes = (0, 2, 3) if norm == "batch" else tuple(range(u.ndim))[-3:]
    centred = u - u.mean(axes, keepdim=True)
    return (centred / (centred.square().mean(axes, keepdim=True) + 1e-5).sqrt()).reshape(shape)


def resnet_by_hand(weights, widths, blocks, norm, u):
    """The network of He et al., as its parameters in order: 3x3 convolutions in pairs, a shortcut, the average, the head."""
    weights = iter(weights)

    def layer(u, stride=1):
        w, gain, shift = next(weights), next(weights), next(weights)
        u = nn.functional.conv2d(u, w, stride=stride, padding=w.shape[-1] // 2)
        return normalised(u, norm) * gain[:, None, None] + shift[:, None, None]

    u = layer(u).relu()
    for stage, width in enumerate(widths):
        for block in range(blocks):
            stride = 2 if stage and not block else 1
            branch, short = layer(layer(u, stride).relu()), u
            if stride == 2 and len(widths) == 4:
                short = layer(u, 2)
            elif stride == 2:
                short = torch.cat([u[..., ::2, ::2], torch.zeros_like(u[..., ::2, ::2])], dim=1)
            assert branch.shape[1] == width
            u = (short + branch).relu()
    return u.mean((2, 3)) @ next(weights).mT + next(weights)


# 20 layers of sums of 9 * 256 products, each divided by its spread: 20 * 2304 * 1.1e-16 < 6e-12 of an output below 10, times 10 for
# spreads of a tenth.
DEEP_ROUNDING = 6e-10


@pytest.mark.parametrize("norm", ["batch", "group"])
@pytest.mark.parametrize(("make", "stages", "blocks"), [(resnet18, 4, 2), (resnet20, 3, 3)])
def test_the_residual_networks_by_hand(make, stages, blocks, norm):
    network, images = make(3, norm=norm, width=32), normal(2, 3, 16, 16)
    with torch.no_grad():
        for i, parameter in enumerate(network.parameters()):
            if parameter.ndim == 1:
                parameter.add_(0.3 * normal(*parameter.shape, seed=i))
    weights = [w.detach() for w in network.parameters()]
    expected = resnet_by_hand(weights, [32, 64, 128, 256][:stages], blocks, norm, images)
    assert (network(images) - expected).abs().max().item() <= DEEP_ROUNDING


def test_zero_branches_leave_the_shortcuts():
    network, images = resnet20(width=4, norm="group"), normal(2, 3, 8, 8)
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            if "branch" in name and parameter.ndim == 1:  # gain and shift of the norms
                parameter.zero_()
    stem, *blocks = network.states(images)[1:-1]
    for block in blocks:  # the stem is not negative, so the ReLU after a block does nothing
        pixels = stem[..., :: 8 // block.shape[-1], :: 8 // block.shape[-1]]
        assert torch.equal(block[:, :4], pixels) and not block[:, 4:].any()
