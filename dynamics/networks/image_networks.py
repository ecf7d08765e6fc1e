r"""Networks for images: small conv nets, the residual networks of He et al. 2016 (arXiv:1512.03385) and VGG-16, most for 32x32 images.

Inputs are ``(samples, channels, height, width)``. Weights, dtype and device as in `dynamics.networks.architectures`; the layers are a stem,
the blocks and a head, so ``states(x)`` has the state after every block.

Norms: ``batch`` is batch normalisation, as published. In training mode it uses the statistics of the batch (and `functional` leaves its
running statistics alone, so it runs under vmap), in evaluation mode the running ones. ``group`` is group normalisation with 16
channels a group (Wu & He 2018): the same function in both modes and sample by sample, so it suits gradient descent as a map.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

import torch
from torch import nn

from dynamics.networks.architectures import Device, build, require_sizes
from dynamics.networks.layers import Network, PadShortcut, Residual

Norm = Literal["batch", "group"]
CHANNELS_A_GROUP = 16
BOTTLENECK = 4  # channels of a block over those inside


def conv_net(
    channels: Sequence[int] = (8, 16),
    classes: int = 10,
    *,
    image: tuple[int, int, int] = (3, 32, 32),
    dtype: torch.dtype = torch.float64,
    device: Device = "cpu",
) -> Network:
    """Small conv net: a layer is a 3x3 convolution, ReLU and 2x2 max-pooling; the head is linear.

    Args:
        channels: Of each layer.
        classes: Outputs.
        image: Channels, height, width of the images.
        dtype: Of the parameters.
        device: Where they are.

    Raises:
        ValueError: For no or non-positive sizes, or an image that the poolings reduce to nothing.

    Example:
        >>> conv_net([4], classes=2, image=(1, 8, 8))(torch.zeros(5, 1, 8, 8, dtype=torch.float64)).shape
        torch.Size([5, 2])
    """
    sizes = [image[0], *channels]
    height, width = (side >> len(channels) for side in image[1:])
    if not channels or min(height, width) < 1:
        raise ValueError(f"channels {list(channels)} for an image {image}: expected one or more, and sides of {2 ** len(channels)} or more")
    require_sizes(classes=classes, image_channels=image[0], **{f"channels[{i}]": n for i, n in enumerate(channels)})

    def layers() -> Iterator[tuple[str, nn.Module]]:
        for i, (a, b) in enumerate(pairwise(sizes), 1):
            yield f"layer{i}", nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        yield "head", nn.Sequential(nn.Flatten(), nn.Linear(sizes[-1] * height * width, classes))

    return build(Network(), layers(), dtype, device)


def dropout_conv_net(classes: int = 10, *, width: int = 32, dtype: torch.dtype = torch.float64, device: Device = "cpu") -> Network:
    """The conv net of Yedida & Saha, Table 4, for 28x28 images of one channel: 730,346 parameters for 10 classes, printed as 730K.

    Five 3x3 convolutions with ``width``, 1, 2, 2 and 4 times as many channels, the first two without padding; 2x2 max-pooling after the
    second and the fourth; a linear layer, batch normalisation, and the linear ``head``; dropout between. The norm's epsilon and momentum
    are those of Keras, which the paper used.

    Args:
        classes: Outputs.
        width: Channels of the first convolution.
        dtype: Of the parameters.
        device: Where they are.

    Raises:
        ValueError: For sizes below 1.

    Example:
        >>> sum(w.numel() for w in dropout_conv_net().parameters())
        730346
    """
    require_sizes(classes=classes, width=width)

    def convolution(inputs: int, outputs: int, padding: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, padding=padding), nn.ReLU()]

    def layers() -> Iterator[tuple[str, nn.Module]]:
        a, b, c = width, 2 * width, 4 * width
        yield "stage1", nn.Sequential(*convolution(1, a, 0), *convolution(a, a, 0), nn.MaxPool2d(2), nn.Dropout(0.2))
        yield "stage2", nn.Sequential(*convolution(a, b, 1), *convolution(b, b, 1), nn.MaxPool2d(2), nn.Dropout(0.25))
        yield "stage3", nn.Sequential(*convolution(b, c, 1), nn.Dropout(0.25), nn.Flatten())
        norm = nn.BatchNorm1d(c, eps=1e-3, momentum=0.01)
        yield "hidden", nn.Sequential(nn.Linear(6 * 6 * c, c), nn.ReLU(), norm, nn.Dropout(0.25))
        yield "head", nn.Linear(c, classes)

    return build(Network(), layers(), dtype, device)


def resnet18(
    classes: int = 10, *, norm: Norm = "batch", width: int = 64, dtype: torch.dtype = torch.float64, device: Device = "cpu"
) -> Network:
    """ResNet-18 with the usual stem for 32x32 images: a 3x3 convolution of stride 1, no pooling; 11,173,962 parameters for 10 classes.

    Four stages of two blocks, with ``width``, 2, 4 and 8 times as many channels; where the shape changes the shortcut is a 1x1
    convolution with norm.

    Args:
        classes: Outputs.
        norm: ``batch`` or ``group``.
        width: Channels of the first stage.
        dtype: Of the parameters.
        device: Where they are.

    Raises:
        ValueError: For an unknown norm, or sizes below 1.
    """
    return _resnet([width, 2 * width, 4 * width, 8 * width], (2, 2, 2, 2), "projection", classes, norm, dtype, device)


def resnet20(
    classes: int = 10, *, norm: Norm = "batch", width: int = 16, dtype: torch.dtype = torch.float64, device: Device = "cpu"
) -> Network:
    """ResNet-20 for 32x32 images (He et al. 2016, section 4.2, n = 3): 269,722 parameters for 10 classes, printed as 0.27M.

    Three stages of three blocks, with ``width``, 2 and 4 times as many channels; shortcuts have no parameters (option A). Arguments and
    errors as `resnet18`.

    Example:
        >>> sum(w.numel() for w in resnet20().parameters())
        269722
    """
    return _resnet([width, 2 * width, 4 * width], (3, 3, 3), "padding", classes, norm, dtype, device)


def resnet50(
    classes: int = 10, *, norm: Norm = "batch", width: int = 64, dtype: torch.dtype = torch.float64, device: Device = "cpu"
) -> Network:
    """ResNet-50 with the stem of `resnet18`: 3, 4, 6 and 3 bottleneck blocks; 23,520,842 parameters for 10 classes.

    A block is a 1x1, a 3x3 and a 1x1 convolution, the last with four times as many channels (He et al. 2016, table 1). Arguments and
    errors as `resnet18`.
    """
    return _resnet([width, 2 * width, 4 * width, 8 * width], (3, 4, 6, 3), "bottleneck", classes, norm, dtype, device)


def vgg16(
    classes: int = 10,
    *,
    norm: Norm | Literal["none"] = "batch",
    width: int = 64,
    dtype: torch.dtype = torch.float64,
    device: Device = "cpu",
) -> Network:
    """VGG-16 (Simonyan & Zisserman 2015, table 1, D) for 32x32 images: one linear layer instead of three; 14,724,042 parameters.

    Thirteen 3x3 convolutions with ``width``, 2, 4, 8 and 8 times as many channels, each with norm and ReLU; 2x2 max-pooling after each
    stage.

    Args:
        classes: Outputs.
        norm: ``batch``, ``group``, or ``none`` as in the paper; then the convolutions have biases.
        width: Channels of the first stage.
        dtype: Of the parameters.
        device: Where they are.

    Raises:
        ValueError: For an unknown norm, or sizes below 1.
    """
    require_sizes(classes=classes, width=width)
    require_norm(norm, ("batch", "group", "none"))

    def layers() -> Iterator[tuple[str, nn.Module]]:
        inputs = 3
        for stage, (factor, count) in enumerate(((1, 2), (2, 2), (4, 3), (8, 3), (8, 3)), 1):
            for i in range(1, count + 1):
                pool = [nn.MaxPool2d(2)] if i == count else []
                yield f"stage{stage}_layer{i}", nn.Sequential(*_convolution(inputs, factor * width, 1, norm), nn.ReLU(), *pool)
                inputs = factor * width
        yield "head", nn.Sequential(nn.Flatten(), nn.Linear(inputs, classes))

    return build(Network(), layers(), dtype, device)


def require_norm(norm: str, known: tuple[str, ...] = ("batch", "group")) -> None:
    """Raise ``ValueError`` for an unknown norm."""
    if norm not in known:
        raise ValueError(f"norm = {norm!r}: expected {' or '.join(map(repr, known))}")


def _resnet(
    widths: Sequence[int], counts: Sequence[int], kind: str, classes: int, norm: Norm, dtype: torch.dtype, device: Device
) -> Network:
    require_sizes(classes=classes, width=widths[0])
    require_norm(norm)

    def layers() -> Iterator[tuple[str, nn.Module]]:
        yield "stem", nn.Sequential(*_convolution(3, widths[0], 1, norm), nn.ReLU())
        inputs = widths[0]
        for stage, (width, count) in enumerate(zip(widths, counts, strict=True), 1):
            outputs = BOTTLENECK * width if kind == "bottleneck" else width
            for i in range(1, count + 1):
                stride = 2 if stage > 1 and i == 1 else 1
                yield f"stage{stage}_block{i}", _block(inputs, outputs, stride, kind, norm)
                inputs = outputs
        yield "head", nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes))

    return build(Network(), layers(), dtype, device)


def _convolution(inputs: int, outputs: int, stride: int, norm: str, kernel: int = 3) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding=kernel // 2, bias=norm == "none")
    if norm == "none":
        return [convolution]
    return [convolution, nn.BatchNorm2d(outputs) if norm == "batch" else nn.GroupNorm(-(-outputs // CHANNELS_A_GROUP), outputs)]


def _block(inputs: int, outputs: int, stride: int, kind: str, norm: Norm) -> Residual:
    """One residual block; ``kind`` is ``bottleneck``, or says what is on the shortcut of a block that changes the shape."""
    if kind == "bottleneck":
        inner = outputs // BOTTLENECK
        first, middle = _convolution(inputs, inner, 1, norm, kernel=1), _convolution(inner, inner, stride, norm)
        branch = nn.Sequential(*first, nn.ReLU(), *middle, nn.ReLU(), *_convolution(inner, outputs, 1, norm, kernel=1))
    else:
        branch = nn.Sequential(*_convolution(inputs, outputs, stride, norm), nn.ReLU(), *_convolution(outputs, outputs, 1, norm))
    if (inputs, stride) == (outputs, 1):
        return Residual(branch, None, torch.relu)
    if kind == "padding":
        return Residual(branch, PadShortcut(outputs - inputs), torch.relu)
    return Residual(branch, nn.Sequential(*_convolution(inputs, outputs, stride, norm, kernel=1)), torch.relu)
