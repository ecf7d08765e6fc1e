"""One corridor step on a quadratic loss, in NumPy."""

import numpy as np


def corridor_step(hessian: np.ndarray, point: np.ndarray) -> tuple[np.ndarray, float]:
    """The next point, and by how much the loss is multiplied."""
    gradient = hessian @ point
    loss = point @ gradient / 2
    after = point - loss / (gradient @ gradient) * gradient
    return after, after @ hessian @ after / 2 / loss
