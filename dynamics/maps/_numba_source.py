"""The source of the CPU kernels: loops over blocks of lanes around the step of one map.

The columns of a block are slices of one workspace, so that the compiler sees that they never overlap, and every loop runs over
all 128 lanes of the block, so that it has no remainder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sympy as sp

from dynamics.maps._codegen import NUMBA, Dialect, assignments
from dynamics.maps.symbolic_map import SymbolicMap

LANES = 128  # of one block: 16 vectors of 8 doubles hide the latency of a chain of fused multiplications
STEPS_A_LOAD = 2  # steps between loading and storing a lane: with more, too few lanes overlap
LOOK = 48  # steps between two looks for a repeat: a multiple of the periods 1, 2, 3, 4, 6, 8, 12, 16, 24 and 48
STEPS_A_LOGARITHM = 16  # a stretch between 1e-9 and 1e9 a step, and its square, stay in float64's range that long

Lines = list[str]


def orbit_source(family: SymbolicMap) -> str:
    """Return the source of ``advance(x, p, steps)``, in place, and ``record(x, p, out)``."""
    xs, ps, olds = _columns("X", family.dimension), _columns("P", len(family.values)), _columns("OLD", family.dimension)
    step = step_lines(family, NUMBA)
    several, one = (_lanes(step * times, xs + ps, xs) for times in (STEPS_A_LOAD, 1))
    mark = _lanes([f"old{i} = x{i}" for i in range(len(xs))], xs, olds)
    moved = " | ".join(f"((x{i} != old{i}) & (x{i} == x{i}))" for i in range(len(xs)))
    look = ["moving = 0", *_lanes([f"moving += {moved}"], xs + olds, [])]
    advance = [
        "left, since, span = steps, 0, LOOK",
        *mark,
        "while left > 0:",
        "    chunk = min(LOOK, left)",
        "    for _ in range(chunk // STEPS_A_LOAD):",
        *_indent(several, 2),
        "    for _ in range(chunk % STEPS_A_LOAD):",
        *_indent(one, 2),
        "    left -= chunk",
        "    since += chunk",
        *_indent(look, 1),
        "    if moving == 0:  # every lane is where it was `since` steps ago",
        "        left %= since",
        "        since, span = 0, LOOK",
        "    elif since >= span:",
        "        since, span = 0, 2 * span",
        *_indent(mark, 2),
    ]
    record = ["for k in range(out.shape[0]):", *_indent([*one, *_store("out[k, {i}, begin + lane]", xs)], 1)]
    loaded = [*_load("x", xs), *_load("p", ps)]
    return (
        _head(family)
        + _function("advance(x, p, steps)", xs + ps + olds, [*loaded, *advance, *_store("x[{i}, begin + lane]", xs)])
        + _function("record(x, p, out)", xs + ps, [*loaded, *record])
    )


def tangent_source(family: SymbolicMap) -> str:
    """Return the source of ``stretch(x, p, tangents, logs, steps)``, in place; tangents are rows of n coordinates."""
    n = family.dimension
    xs, ps, vs, logs = _columns("X", n), _columns("P", len(family.values)), _columns("V", n * n), _columns("LOG", n)
    body = [*tangent_lines(family, NUMBA), *orthogonalise_lines(n, NUMBA.choose)]
    step = _lanes(body, [*xs, *ps, *vs], [*xs, *vs])
    rescale = _lanes(rescale_lines(n, NUMBA), vs + logs, vs + logs)
    loop = [
        "done = 0",
        "while done < steps:",
        "    chunk = min(STEPS_A_LOGARITHM, steps - done)",
        "    for _ in range(chunk):",
        *_indent(step, 2),
        *_indent(rescale, 1),
        "    done += chunk",
    ]
    loaded = [*_load("x", xs), *_load("p", ps), *_load("tangents", vs), *_load("logs", logs)]
    stored = [*_store("x[{i}, begin + lane]", xs), *_store("tangents[{i}, begin + lane]", vs), *_store("logs[{i}, begin + lane]", logs)]
    return _head(family) + _function("stretch(x, p, tangents, logs, steps)", xs + ps + vs + logs, [*loaded, *loop, *stored])


def symbol_names(family: SymbolicMap) -> Mapping[sp.Symbol, str]:
    """Return the names in generated code: x0, x1, ... for variables, p0, p1, ... for parameters."""
    names = {symbol: f"x{i}" for i, symbol in enumerate(family.variables)}
    return names | {symbol: f"p{i}" for i, symbol in enumerate(family.values)}


def step_lines(family: SymbolicMap, dialect: Dialect) -> Lines:
    """Return the lines of one step from x0, x1, ... to themselves."""
    images = {f"y{i}": u for i, u in enumerate(family.update)}
    return [*assignments(images, symbol_names(family), dialect), *(f"x{i} = y{i}" for i in range(family.dimension))]


def tangent_lines(family: SymbolicMap, dialect: Dialect) -> Lines:
    """Return the lines of one step of the point and of its tangents v0, v1, ..., row by row."""
    n = family.dimension
    formulas = {f"y{i}": u for i, u in enumerate(family.update)}
    formulas |= {f"j{i}": entry for i, entry in enumerate(family.derivative)}
    lines = assignments(formulas, symbol_names(family), dialect)
    for tangent in range(n):
        row = [f"v{tangent * n + k}" for k in range(n)]
        lines += [f"w{tangent * n + i} = " + " + ".join(f"j{i * n + k} * {v}" for k, v in enumerate(row)) for i in range(n)]
    return [*lines, *(f"v{i} = w{i}" for i in range(n * n)), *(f"x{i} = y{i}" for i in range(n))]


def orthogonalise_lines(n: int, choose: Callable[[str, str, str], str]) -> Lines:
    """Return modified Gram-Schmidt without normalising: each tangent loses its part along those before."""
    lines: Lines = []
    for b in range(1, n):
        for a in range(b):
            dot = " + ".join(f"v{a * n + k} * v{b * n + k}" for k in range(n))
            square = " + ".join(f"v{a * n + k} * v{a * n + k}" for k in range(n))
            lines += [f"square = {square}", f"share = {choose('(square > 0.0)', f'({dot}) / square', '0.0 * square')}"]
            lines += [f"v{b * n + k} = v{b * n + k} - share * v{a * n + k}" for k in range(n)]
    return lines


def rescale_lines(n: int, dialect: Dialect) -> Lines:
    """Return the lines that add the logarithm of each tangent's length and make it 1 again (0 stays 0)."""
    names, lines = dialect.functions, []
    for a in range(n):
        row = [f"v{a * n + k}" for k in range(n)]
        square = " + ".join(f"{v} * {v}" for v in row)
        lines += [f"length = {names['Abs']}({row[0]})" if n == 1 else f"length = {names['sqrt']}({square})"]
        lines += [f"log{a} = log{a} + {names['log']}(length)"]
        lines += [f"{v} = " + dialect.choose("(length > 0.0)", f"{v} / length", v) for v in row]
    return lines


def _head(family: SymbolicMap) -> str:
    formulas = "\n".join(f"{v} -> {u}" for v, u in zip(family.variables, family.update, strict=True))
    constants = f"LOOK = {LOOK}\nSTEPS_A_LOAD = {STEPS_A_LOAD}\nSTEPS_A_LOGARITHM = {STEPS_A_LOGARITHM}\n"
    imports = "import math\n\nimport numpy as np\nfrom numba import njit\n"
    return f'"""Generated by dynamics.maps.kernels.\n\n{formulas}\n"""\n\n{imports}\n{constants}'


def _function(signature: str, columns: Sequence[str], block: Lines) -> str:
    lines = [
        "",
        "",
        '@njit(cache=True, nogil=True, error_model="numpy", fastmath={"contract"})',
        f"def {signature}:",
        f"    work = np.zeros({len(columns) * LANES})",
        *(f"    {c} = work[{i * LANES}:{(i + 1) * LANES}]" for i, c in enumerate(columns)),
        f"    for begin in range(0, x.shape[1], {LANES}):",
        f"        size = min({LANES}, x.shape[1] - begin)",
        *_indent(block, 2),
    ]
    return "\n".join(lines) + "\n"


def _columns(name: str, count: int) -> Lines:
    return [f"{name}{i}" for i in range(count)]


def _load(array: str, columns: Sequence[str]) -> Lines:
    """Lanes beyond the last one repeat it, so that they do nothing that it does not do."""
    return [
        f"for lane in range({LANES}):",
        "    source = begin + min(lane, size - 1)",
        *(f"    {c}[lane] = {array}[{i}, source]" for i, c in enumerate(columns)),
    ]


def _store(place: str, columns: Sequence[str]) -> Lines:
    return ["for lane in range(size):", *(f"    {place.format(i=i)} = {c}[lane]" for i, c in enumerate(columns))]


def _lanes(body: Sequence[str], reads: Sequence[str], writes: Sequence[str]) -> Lines:
    """A loop over the lanes of a block; inside, a column's entry has the column's name in lower case."""
    return [
        f"for lane in range({LANES}):",
        *(f"    {c.lower()} = {c}[lane]" for c in reads),
        *_indent(body, 1),
        *(f"    {c}[lane] = {c.lower()}" for c in writes),
    ]


def _indent(lines: Sequence[str], levels: int) -> Lines:
    return ["    " * levels + line for line in lines]
