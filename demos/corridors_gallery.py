r"""Four surfaces with their lines of steepest descent: two corridors, a ruled surface that is none, and a wavy cone.

In a corridor the lines of steepest descent are straight, and the flow runs along them at constant speed (dherin-rosca:definition-2-1);
that is where H g = 0 (dherin-rosca:theorem-2-11). A cone is one (dherin-rosca:example-2-3). So is the distance from a half-line, a round
half cone glued to two planes: its gradient is continuous over the seam x = 0, and its second derivative is not (dherin-rosca:example-2-6).

Every corridor is a ruled surface (dherin-rosca:example-2-5), and those ruled surfaces are corridors whose lines are as steep as the
surface gets (dherin-rosca:figure-1a). The saddle x y is ruled twice over, by lines that are not, and H g = (x, y). A wavy cone r h(phi) is
ruled by its rays; it has H g = h' (h + h'')/r across the ray, which is 0 only where it is round or flat (dherin-rosca:figure-1b).

Above, the surfaces with lines of steepest descent; below, the same lines from above, on level sets, with |H g| as shade. Dashed: where one
step of gradient descent goes whose size is the time of the flow. In a corridor it is where the flow goes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy as sp
from _common import GREY, INK, NAVY, PALE, RED, Demo, Options, rounded, run
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from theory.corridors import gradient_flow, hessian_gradient, is_corridor

x, y = sp.symbols("x y", real=True)
RADIUS = sp.sqrt(x**2 + y**2)
# Each surface by its pieces: a loss, where it holds
SURFACES = {
    "cone": ("a cone", ((RADIUS, sp.true),)),
    "half-line": ("distance from a half-line", ((RADIUS, x < 0), (y, sp.And(x > 0, y > 0)), (-y, sp.And(x > 0, y < 0)))),
    "saddle": ("the saddle $xy$", ((x * y, sp.true),)),
    "wavy": ("a wavy cone, $r(1+\\cos(3\\phi)/2)$", ((RADIUS + (x**3 - 3 * x * y**2) / (2 * RADIUS**2), sp.true),)),
}
SIDE = 2.0  # the square that is drawn
KINK = 0.06  # the flow stops this close to where the loss has no gradient
TIME = 1.6  # how long the flow runs, unless it leaves the square or comes to a kink
ROUNDING = 1e-9  # of the numbers that are stored
SHADES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # of |H g|, with
GREYS = ("#ffffff", "#f3f3f3", "#e6e6e6", "#d6d6d6", "#c6c6c6", "#b4b4b4")


def measure(options: Options) -> dict[str, Any]:
    count, steps = (6, 60) if options.quick else (12, 600)
    dice = np.random.default_rng(options.seed)
    angles = 2 * np.pi * (np.arange(count) + dice.uniform(0.2, 0.8, size=count)) / count
    starts = 1.75 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return {"time": TIME, "steps": steps, "surfaces": [surface(name, starts, steps) for name in SURFACES]}


def surface(name: str, starts: np.ndarray, steps: int) -> dict[str, Any]:
    """The verdict of the theory piece by piece, and the flow from every start with the straight line beside it."""
    pieces = SURFACES[name][1]
    verdicts = [is_corridor(loss, [x, y], where).corridor for loss, where in pieces]
    _, field, product = functions(name)
    flows = []
    for start in starts:
        path = flow(name, field, start, TIME / steps)
        times = TIME / steps * np.arange(len(path))
        straight = start + times[:, None] * field(start)
        flows.append(
            {
                "path": rounded(path[:: max(1, steps // 30)]),
                "straight_to": rounded(straight[-1]),
                "bend": rounded(np.linalg.norm(path - straight, axis=1).max(), 9),
                "H_g": rounded(max(np.linalg.norm(product(point)) for point in path), 9),
            }
        )
    return {"name": name, "corridor": all(verdict is True for verdict in verdicts), "pieces": len(pieces), "flows": flows}


def functions(name: str) -> tuple[Any, Any, Any]:
    """The loss, the field -grad L and H g of a surface, as functions of a point or of arrays of points."""
    pieces = SURFACES[name][1]
    inside = [sp.lambdify((x, y), where, "numpy") for _, where in pieces]

    def together(values: list[Any]) -> Any:
        compiled = [sp.lambdify((x, y), value, "numpy") for value in values]

        def at(point: np.ndarray) -> np.ndarray:
            a, b = np.moveaxis(np.asarray(point, dtype=float), -1, 0)
            chosen = [np.broadcast_to(where(a, b), a.shape) for where in inside]
            return np.select(chosen, [np.broadcast_to(value(a, b), a.shape) for value in compiled], 0.0)

        return at

    loss = together([piece for piece, _ in pieces])
    fields, products = ([made(piece, [x, y]) for piece, _ in pieces] for made in (gradient_flow, hessian_gradient))
    rows = [[together([vector[row] for vector in vectors]) for row in (0, 1)] for vectors in (fields, products)]
    field, product = (lambda point, pair=pair: np.stack([row(point) for row in pair], axis=-1) for pair in rows)
    return loss, field, product


def from_kink(name: str, point: np.ndarray) -> float:
    """How far a point is from where the loss has no gradient: the tip of a cone, the half-line; a saddle has no such point."""
    tip = float(np.linalg.norm(point))
    return {"saddle": np.inf, "half-line": abs(float(point[1])) if point[0] > 0 else tip}.get(name, tip)


def flow(name: str, field: Any, start: np.ndarray, step: float) -> np.ndarray:
    """The solution of theta' = -grad L by Runge and Kutta's method, until it leaves the square or comes close to a kink."""
    path = [start]
    for _ in range(round(TIME / step)):
        state = path[-1]
        a = field(state)
        b = field(state + step / 2 * a)
        c = field(state + step / 2 * b)
        state = state + step / 6 * (a + 2 * b + 2 * c + field(state + step * c))
        if np.abs(state).max() > SIDE or from_kink(name, state) < KINK:
            break
        path.append(state)
    return np.array(path)


def draw(data: Any) -> Figure:
    figure = Figure(figsize=(10.8, 6.4), layout="constrained")
    count = len(data["surfaces"])
    for column, shown in enumerate(data["surfaces"]):
        title = SURFACES[shown["name"]][0]
        above = figure.add_subplot(2, count, column + 1, projection="3d")
        draw_surface(above, shown)
        above.set_title(f"{title}\n{'a corridor' if shown['corridor'] else 'no corridor'}")
        below = figure.add_subplot(2, count, count + column + 1)
        draw_plane(below, shown)
        below.set_ylabel("$\\theta_2$" if column == 0 else "")
    figure.legend(*below.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def lattice(side: int) -> np.ndarray:
    """Points of the square, off the axes."""
    ticks = SIDE * (2 * np.arange(side) + 1 - side) / side
    return np.stack(np.meshgrid(ticks, ticks), axis=-1)


def draw_surface(axis: Any, shown: Any) -> None:
    loss, _, _ = functions(shown["name"])
    points = lattice(20)
    axis.computed_zorder = False  # lines on a surface are drawn over it
    axis.plot_surface(
        points[..., 0], points[..., 1], loss(points), color=PALE, edgecolor=GREY, shade=False, lw=0.15, alpha=1, rcount=20, ccount=20
    )
    for line in shown["flows"]:
        path = np.array(line["path"])
        axis.plot(*path.T, loss(path), color=NAVY, lw=1.8, zorder=5)
    axis.set(xlabel="$\\theta_1$", ylabel="$\\theta_2$", xticks=[-2, 0, 2], yticks=[-2, 0, 2])
    axis.set_zlabel("loss")
    axis.view_init(elev=32, azim=-62)


def draw_plane(axis: Axes, shown: Any) -> None:
    loss, _, product = functions(shown["name"])
    points = lattice(120)
    size = np.linalg.norm(product(points), axis=-1)
    axis.contourf(points[..., 0], points[..., 1], size, levels=SHADES, colors=GREYS, extend="max")
    axis.contour(points[..., 0], points[..., 1], loss(points), levels=9, colors=GREY, linewidths=0.6, linestyles="-")
    for number, line in enumerate(shown["flows"]):
        path = np.array(line["path"])
        ends = np.array([path[0], line["straight_to"]])
        axis.plot(*path.T, color=NAVY, lw=2.2, label="flow" if number == 0 else None)
        axis.plot(*ends.T, color=RED, lw=1.3, ls="--", label="one step of gradient descent" if number == 0 else None)
        axis.plot(*path[0], "o", color=INK, ms=3)
    bend = max(line["bend"] for line in shown["flows"])
    largest = max(line["H_g"] for line in shown["flows"])
    bent = f"$|Hg|\\leq{largest:.2g}$, lines bend by {bend:.2g}"
    axis.set_title(bent if largest > ROUNDING else "$Hg=0$, straight lines")
    axis.set(xlim=(-SIDE, SIDE), ylim=(-SIDE, SIDE), aspect="equal", xlabel="$\\theta_1$")


def rows(data: Any) -> list[list[str]]:
    """What the theory says, and how far the computed flow is from a straight line at constant speed."""
    table = [["surface", "corridor (proved)", "largest |H g| on the lines", "largest bend"]]
    for shown in data["surfaces"]:
        largest, bend = (max(line[key] for line in shown["flows"]) for key in ("H_g", "bend"))
        table.append([shown["name"], "yes" if shown["corridor"] else "no", f"{largest:.2g}", f"{bend:.2g}"])
    return table


DEMO = Demo(__file__, measure, draw, rows, packages=("numpy", "sympy"))


def main(argv: Sequence[str] | None = None) -> int:
    return run(DEMO, argv)


if __name__ == "__main__":
    sys.exit(main())
