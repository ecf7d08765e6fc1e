r"""What changes along a line of parameters: the loss (Mutschler & Zell), the states of a network (Ni & Talnikar).

- `measure`: the loss of every sample, :math:`l(s) = \frac1{|T|}\sum_{t \in T} L(t; \theta_0 + s d)` for any set T of them (equation 1)
- `shape`: parabolas fitted to it, and distances between shapes; `steps`: its minimum, and strategies that say how far to step
- `tangents`: how the states move, by tangents and adjoints; `linear_range`: how far they follow their tangents;
  `logistic_stacks`: both by hand, for many logistic networks at once
"""

from dynamics.lines.measure import Line, LineLoss, line_loss
from dynamics.lines.shape import PolynomialFit, ShapeDistances, fit_parabola, fit_polynomial, shape_distance_matrix
from dynamics.lines.steps import LineMinimum, Strategy, exact_batch, full_batch_pal, line_minimum, pal, resized_batch, sgd

__all__ = [
    "Line",
    "LineLoss",
    "LineMinimum",
    "PolynomialFit",
    "ShapeDistances",
    "Strategy",
    "exact_batch",
    "fit_parabola",
    "fit_polynomial",
    "full_batch_pal",
    "line_loss",
    "line_minimum",
    "pal",
    "resized_batch",
    "sgd",
    "shape_distance_matrix",
]
