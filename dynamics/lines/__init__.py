r"""The loss along a line of parameters, :math:`l(s) = \frac1{|T|}\sum_{t \in T} L(t; \theta_0 + s d)` (Mutschler & Zell, equation 1).

`line_loss` measures the loss of every sample, so that any batch's line can be formed afterwards; `fit_parabola` and
`shape_distance_matrix` describe the shape; `line_minimum` and the strategies tell how far along the line to step.
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
