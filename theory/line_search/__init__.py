"""Mutschler & Zell 2021: the loss along lines, parabolic line searches, and batch size."""

from theory.line_search.batch_size import expected_slope_ratio, expected_squared_norm, noise_scale
from theory.line_search.counts import Setup
from theory.line_search.directions import line_direction, newton_line_step
from theory.line_search.line_bounds import LineBounds, softmax_line_bounds
from theory.line_search.metrics import LineMetrics, interpolates, line_metrics, shape_distance
from theory.line_search.pal import full_batch_pal_step, pal_step, pal_update

__all__ = [
    "LineBounds",
    "LineMetrics",
    "Setup",
    "expected_slope_ratio",
    "expected_squared_norm",
    "full_batch_pal_step",
    "interpolates",
    "line_direction",
    "line_metrics",
    "newton_line_step",
    "noise_scale",
    "pal_step",
    "pal_update",
    "shape_distance",
    "softmax_line_bounds",
]
