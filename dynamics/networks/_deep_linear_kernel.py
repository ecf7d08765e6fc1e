r"""Gradient descent on many deep linear nets at once, compiled for one CPU core: nets are the lanes of vector instructions.

Eight nets advance together, so that their weights stay in the cache for all steps. Each entry of a matrix is one vector: the entry
in each of the eight nets. A matrix is cut into tiles of 4 x 4 entries, padded with zeros (which gradient descent leaves zero), and
the only inner loop is the product of two tiles into a third, which fits the registers:

.. math:: B_L = -\delta (W_L \cdots W_1 - R), \quad B_{i-1} = W_i^T B_i, \quad W_i \mathrel{+}= B_i (W_{i-1} \cdots W_1)^T

The step size enters once, at :math:`B_L`, since all that follows is linear in it. What a lane computes does not depend on the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from dynamics.maps.kernels import flushed_denormals

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

LANES = 8  # nets of one block: a vector register of AVX-512, two of AVX2
TILE = 4  # 16 accumulators and 8 operands fit the 32 vector registers of AVX-512 and ARM
ENTRIES = TILE * TILE * LANES  # numbers in a tile
# Bytes up to which eight nets count as near: 0.7 MB (depth 5, width 32) fits a second-level cache, 2.9 MB (width 64) a shared one;
# beyond, one net as a batched matrix product has the better of it
NEAR = 2**22
PRODUCTS_A_CALL = 2**24  # of two tiles: a fifth of a second, after which an interrupt is heard


def _tile_product(form: str, *, fresh: bool) -> Any:
    """An inlined ``multiply(work, a, b, c)`` of the tiles at three places: C = or += A B ("nn"), A^T B ("tn") or A B^T ("nt").

    Written in LLVM's vector types: numba's own loops over lanes are not vectorised around 16 accumulators.
    """
    vector = ir.VectorType(ir.DoubleType(), LANES)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = cgutils.create_struct_proxy(signature.args[0])(context, builder, arguments[0]).data  # type: ignore[no-untyped-call]
        fused = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fma.v{LANES}f64")  # type: ignore[no-untyped-call]

        def tile(place: Any, transposed: bool) -> Callable[[int, int], Any]:
            start = builder.bitcast(builder.gep(data, [place]), vector.as_pointer())

            def entry(i: int, j: int) -> Any:
                return builder.gep(start, [ir.Constant(ir.IntType(64), j * TILE + i if transposed else i * TILE + j)])

            return entry

        a, b, c = tile(arguments[1], form[0] == "t"), tile(arguments[2], form[1] == "t"), tile(arguments[3], False)
        cells = [(i, j) for i in range(TILE) for j in range(TILE)]
        zero = ir.Constant(vector, [ir.Constant(ir.DoubleType(), 0.0)] * LANES)
        sums = {cell: zero if fresh else builder.load(c(*cell), align=8) for cell in cells}
        for k in range(TILE):
            left = [builder.load(a(i, k), align=8) for i in range(TILE)]
            right = [builder.load(b(k, j), align=8) for j in range(TILE)]
            for i, j in cells:
                sums[i, j] = builder.call(fused, [left[i], right[j], sums[i, j]])
        for cell in cells:
            builder.store(sums[cell], c(*cell), align=8)
        return context.get_dummy_value()

    @intrinsic  # type: ignore[misc, unused-ignore]
    def multiply(typing: Any, work: Any, a: Any, b: Any, c: Any) -> Any:
        return types.void(work, a, b, c), codegen

    return multiply


_product, _transposed_product, _add_outer = (
    _tile_product("nn", fresh=True),
    _tile_product("tn", fresh=True),
    _tile_product("nt", fresh=False),
)
_add_product, _add_transposed_product = _tile_product("nn", fresh=False), _tile_product("tn", fresh=False)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})
def _advance(x, step_sizes, target, place, tiles, weights, products, behinds, padded, size, steps, path):  # type: ignore[no-untyped-def]
    """Advance the rows of x in place; the first points go to the path, (points, runs, n), as far as it has room."""
    runs, depth, inputs = len(x), len(weights), tiles[0]
    work, delta = np.zeros(size), np.empty(LANES)
    for begin in range(0, runs, LANES):
        here = min(LANES, runs - begin)
        work[:padded] = 0.0  # a net that diverged leaves NaN in the padding, which is 0 times infinity
        for lane in range(LANES):
            run = min(begin + lane, runs - 1)  # lanes beyond the last net repeat it
            delta[lane] = step_sizes[run]
            for e in range(len(place)):
                work[place[e] + lane] = x[run, e]
        for step in range(steps):
            for layer in range(1, depth):
                for i in range(tiles[layer + 1]):
                    for j in range(inputs):
                        a, b = weights[layer] + i * tiles[layer] * ENTRIES, products[layer - 1] + j * ENTRIES
                        c = products[layer] + (i * inputs + j) * ENTRIES
                        _product(work, a, b, c)
                        for k in range(1, tiles[layer]):
                            _add_product(work, a + k * ENTRIES, b + k * inputs * ENTRIES, c)
            last, first = products[depth - 1], behinds[depth - 1]
            for e in range(len(target)):
                for lane in range(LANES):
                    work[first + e * LANES + lane] = delta[lane] * (target[e] - work[last + e * LANES + lane])
            for layer in range(depth - 1, 0, -1):
                rows, columns = tiles[layer + 1], tiles[layer]
                for i in range(columns):
                    for j in range(inputs):
                        a, b = weights[layer] + i * ENTRIES, behinds[layer] + j * ENTRIES
                        c = behinds[layer - 1] + (i * inputs + j) * ENTRIES
                        _transposed_product(work, a, b, c)
                        for k in range(1, rows):
                            _add_transposed_product(work, a + k * columns * ENTRIES, b + k * inputs * ENTRIES, c)
                for i in range(rows):
                    for j in range(columns):
                        for k in range(inputs):
                            a, b = behinds[layer] + (i * inputs + k) * ENTRIES, products[layer - 1] + (j * inputs + k) * ENTRIES
                            _add_outer(work, a, b, weights[layer] + (i * columns + j) * ENTRIES)
            for e in range(tiles[1] * inputs * ENTRIES):
                work[weights[0] + e] += work[behinds[0] + e]
            if step < len(path):
                for lane in range(here):
                    for e in range(len(place)):
                        path[step, begin + lane, e] = work[place[e] + lane]
        for lane in range(here):
            for e in range(len(place)):
                x[begin + lane, e] = work[place[e] + lane]


class DeepLinearKernel:
    """The compiled form of gradient descent on deep linear nets with these widths.

    Args:
        widths: n_0, ..., n_L.
    """

    def __init__(self, widths: Sequence[int]) -> None:
        self.tiles = np.array([-(-width // TILE) for width in widths], dtype=np.int64)
        shapes = list(zip(widths[1:], widths[:-1], strict=True))
        sizes = self.tiles[1:] * self.tiles[:-1] * ENTRIES
        self.weights = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        images = self.tiles[1:] * self.tiles[0] * ENTRIES  # W_i ... W_1, and what is behind layer i, have n_0 columns
        self.padded = int(sizes.sum())
        self.products = np.concatenate([[0], self.padded + np.cumsum(images[1:]) - images[1:]])
        room = images.max()  # two such in turn
        self.behinds = self.padded + images[1:].sum() + room * (np.arange(len(shapes)) % 2)
        self.size = int(self.padded + images[1:].sum() + 2 * room)
        self.place = np.concatenate([w + _places(*shape) for w, shape in zip(self.weights, shapes, strict=True)])
        self.target_place = _places(widths[-1], widths[0]) // LANES
        self.target_size = int(images[-1]) // LANES
        self.fits = 8 * self.size <= NEAR
        self.products_a_step = int((self.tiles[1:-1] * self.tiles[2:]).sum() * self.tiles[0] * 3)

    def advance(self, x: Floats, step_sizes: Floats, target: Floats, steps: int) -> Floats:
        """Return the points after some steps.

        Args:
            x: Starts, shape ``(runs, n)``.
            step_sizes: Shape ``(runs,)``.
            target: R, shape ``(n_L, n_0)``.
            steps: How many steps.
        """
        out = np.array(x, order="C")
        for rows, part in self._parts(len(out), steps):
            self._run(out[rows], step_sizes[rows], target, part, np.empty((0, *out[rows].shape)))
        return out

    def orbit(self, x: Floats, step_sizes: Floats, target: Floats, steps: int) -> Floats:
        """Return the points after 0..steps steps, shape ``(steps + 1, runs, n)``; arguments as `advance`."""
        path = np.empty((steps + 1, *x.shape))
        path[0] = x
        self._run(np.array(x, order="C"), step_sizes, target, steps, path[1:])
        return path

    def _run(self, out: Floats, step_sizes: Floats, target: Floats, steps: int, path: Floats) -> None:
        tiled = np.zeros(self.target_size)
        tiled[self.target_place] = target.ravel()
        layout = tiled, self.place, self.tiles, self.weights, self.products, self.behinds, self.padded, self.size
        with flushed_denormals():
            _advance(out, step_sizes, *layout, steps, path)

    def _parts(self, runs: int, steps: int) -> Iterator[tuple[slice, int]]:
        steps_a_call = max(1, PRODUCTS_A_CALL // (self.products_a_step + 1))
        nets = LANES * max(1, steps_a_call // max(steps, 1))
        for begin in range(0, runs, nets):
            for done in range(0, steps, steps_a_call):
                yield slice(begin, begin + nets), min(steps_a_call, steps - done)


def _places(rows: int, columns: int) -> Places:
    """Where the entries of a matrix, row by row, lie behind its first tile (lane 0)."""
    i, j = np.divmod(np.arange(rows * columns), columns)
    tile = i // TILE * -(-columns // TILE) + j // TILE
    return tile * ENTRIES + (i % TILE * TILE + j % TILE) * LANES
