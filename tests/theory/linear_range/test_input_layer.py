"""The number of pixels of an image of MNIST."""

import math

import pytest


@pytest.mark.claim("ni-talnikar:text-764")
def test_an_image_is_a_square() -> None:
    """764 is no square number, so no square image has as many pixels; 784 is that of 28."""
    assert math.isqrt(764) ** 2 != 764 and math.isqrt(784) ** 2 == 784 and math.isqrt(784) == 28
