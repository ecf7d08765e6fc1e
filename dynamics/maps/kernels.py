r"""Maps compiled for the CPU: many orbits at once as lanes of vector instructions, one core, machine code kept on disk.

The step is printed from the map's formulas (`dynamics.maps._codegen`) into loops over blocks of 128 lanes, which numba compiles with
multiplications and additions fused and nothing else relaxed. Each lane carries its own start and its own parameter values.

* Early exit: an orbit that repeats itself bit for bit is periodic from there on, so the remaining steps are reduced modulo the
  distance of the repeat. A block stops when all its lanes repeat (or are NaN). The result is the same to the last bit.
* Subnormal numbers (below 2.3e-308) count as zero while a kernel runs: they would slow it down 70 times.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from types import ModuleType

import numpy as np
import torch
from numpy.typing import NDArray

from dynamics.maps._compiled_source import load
from dynamics.maps._numba_source import LOOK, orbit_source, tangent_source
from dynamics.maps.symbolic_map import SymbolicMap

Floats = NDArray[np.float64]

STEPS_A_CALL = 2**32  # of all lanes together: a second for a polynomial, a minute for a formula of 100 functions


class CpuKernels:
    """The compiled forms of one map: `advance`, `record` and `stretch`.

    Args:
        family: The map. Lanes bring the parameter values, in the order of ``family.values``.

    Raises:
        TypeError: For a function without a compiled form.
        ValueError: For a gradient that reads 0 / 0 somewhere: a formula cannot take the limit there.
        OSError: If the cache folder cannot be written.

    Example:
        >>> import sympy as sp
        >>> x, r = sp.symbols("x r")
        >>> kernels = CpuKernels(SymbolicMap(r * x * (1 - x), x, {r: 2}))
        >>> kernels.advance(np.array([[0.25]]), np.array([[2.0]]), 1000)
        array([[0.5]])
    """

    def __init__(self, family: SymbolicMap) -> None:
        refuse_singular(family)
        self.family, self.n = family, family.dimension

    @cached_property
    def _orbits(self) -> ModuleType:
        return load(orbit_source(self.family))

    @cached_property
    def _tangents(self) -> ModuleType:
        return load(tangent_source(self.family))

    def advance(self, x: Floats, p: Floats, steps: int) -> Floats:
        """Return the points after some steps.

        Args:
            x: Starts, float64, shape ``(n, lanes)``.
            p: Parameter values, float64, shape ``(parameters, lanes)``.
            steps: How many steps.
        """
        out = np.array(x, dtype=np.float64, order="C")
        with flushed_denormals():
            for part in _parts(steps, out.shape[1]):
                self._orbits.advance(out, np.ascontiguousarray(p), part)
        return out

    def record(self, x: Floats, p: Floats, keep: int) -> Floats:
        """Return the next ``keep`` points, shape ``(keep, n, lanes)``; arguments as `advance`."""
        out = np.empty((keep, self.n, x.shape[1]))
        with flushed_denormals():
            self._orbits.record(np.ascontiguousarray(x), np.ascontiguousarray(p), out)
        return out

    def stretch(self, x: Floats, p: Floats, tangents: Floats, steps: int) -> tuple[Floats, Floats, Floats]:
        """Follow tangents along orbits, orthogonalised at every step and rescaled at every sixteenth.

        Args:
            x: Points, shape ``(n, lanes)``.
            p: Parameter values, shape ``(parameters, lanes)``.
            tangents: n orthonormal tangents a lane, shape ``(n, n, lanes)``: tangent, coordinate, lane.
            steps: How many steps.

        Returns:
            The points and the tangents after these steps, and the logarithms of how much each tangent grew, ``(n, lanes)``.
        """
        x, tangents = np.array(x, order="C"), np.array(tangents, order="C")
        logs = np.zeros((self.n, x.shape[1]))
        with flushed_denormals():
            for part in _parts(steps, x.shape[1]):
                self._tangents.stretch(x, np.ascontiguousarray(p), tangents.reshape(self.n * self.n, -1), logs, part)
        return x, tangents, logs


def _parts(steps: int, lanes: int) -> Iterator[int]:
    """Cut steps into parts of about a second, between which an interrupt is heard."""
    longest = max(STEPS_A_CALL // lanes, LOOK)
    while steps > 0:
        yield min(steps, longest)
        steps -= longest


def refuse_singular(family: SymbolicMap) -> None:
    """Raise ``ValueError`` where the gradient of a loss reads 0 / 0 and only its definition gives a value."""
    if bases := getattr(family, "singular", ()):
        raise ValueError(f"the gradient reads 0 / 0 where {bases[0]} is 0, so it has no compiled form: use the map's own orbit")


@contextmanager
def flushed_denormals() -> Iterator[None]:
    """Count subnormal numbers as zero in this thread, and restore what was before."""
    smallest = np.float64(2.0**-1022)
    was_flushed = float(smallest * np.float64(0.5)) == 0.0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(was_flushed)
