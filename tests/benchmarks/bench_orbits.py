"""The orbit diagram of gradient descent on f2, and its Lyapunov exponents: rivals in one run, one core, float64.

1000 step sizes x 1000 starts x 1000 steps. A rival that would take minutes runs a part of the lanes, which the table states; all
rows are iterations a second. Two ranges of step sizes: one in which no orbit of these starts settles (so that nothing is saved by an
early exit: the comparison of arithmetic), and the usual diagram, in which most do.
"""

import ctypes
import os
import shutil
import subprocess
import sys

import numba
import numpy as np
import pytest
import sympy as sp
import torch

from dynamics import GradientMap, bifurcation_diagram, lyapunov_exponents
from dynamics.maps.kernels import CpuKernels
from tests.benchmarks.growth import power_law
from tests.benchmarks.timing import alternately, installed, leasts, medians, store

x = sp.Symbol("x")
F2 = (x**2 + 1) * (x - 1) ** 2 * (x - 2) ** 2
PACKAGES = ("numba", "numpy", "sympy", "torch", "pynamicalsys")
SIDE, STEPS = 1000, 1000
CHAOS, USUAL = (0.28, 0.31), (0.05, 0.6)  # near 2 orbits are chaotic from about 0.27 on; 1 is stable below 1/2
TARGETS = {"C": 1 / 3, "NumPy": 45, "torch eager": 60, "pynamicalsys ensemble": 80, "pynamicalsys diagram": 300}
ROUNDS = 5


def lanes(span, rows, columns, seed=0):
    """Starts in [1.9, 2.1], around the minimum that is unstable there, with every step size of the span."""
    steps = np.repeat(np.linspace(*span, rows), columns)
    return np.tile(np.random.default_rng(seed).uniform(1.9, 2.1, columns), rows), steps


def slope(t):
    return ((((6 * t - 30) * t + 56) * t - 54) * t + 34) * t - 12


def c_loop(folder):
    """The hand-written loop of orbits.c, built now, or ``None`` without a compiler."""
    if (compiler := shutil.which("gcc")) is None:
        return None
    library = str(folder / "orbits.so")
    source = os.path.join(os.path.dirname(__file__), "orbits.c")
    subprocess.run([compiler, "-O3", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC", source, "-o", library], check=True)
    pointer = ctypes.POINTER(ctypes.c_double)
    function = ctypes.CDLL(library).advance

    def run(points, steps, count):
        out = points.copy()
        function(out.ctypes.data_as(pointer), steps.ctypes.data_as(pointer), ctypes.c_long(len(out)), ctypes.c_long(count))
        return out

    return run


def loop(points, steps, count):
    """The loop as one writes it, on NumPy arrays or torch tensors."""
    for _ in range(count):
        points = points - steps * slope(points)
    return points


def loop_in_blocks(points, steps, count, block):
    """The same loop over blocks that stay in the cache, which is several times as fast: the best that eager code does."""
    for begin in range(0, len(points), block):
        loop(points[begin : begin + block], steps[begin : begin + block], count)


def pynamicalsys_system():
    if not installed("pynamicalsys"):
        return None
    from pynamicalsys import DiscreteDynamicalSystem

    @numba.njit
    def mapping(u, parameters):
        t = u[0]
        return np.array([t - parameters[0] * (((((6 * t - 30) * t + 56) * t - 54) * t + 34) * t - 12)])

    @numba.njit
    def jacobian(u, parameters, *_):
        t = u[0]
        return np.array([[1 - parameters[0] * ((((30 * t - 120) * t + 168) * t - 108) * t + 34)]])

    return DiscreteDynamicalSystem(mapping=mapping, jacobian=jacobian, system_dimension=1, number_of_parameters=1)


def compare(title, rivals, ours, targets):
    """Time rivals ``{name: (iterations, call or None)}``, print a table, return what is stored."""
    seconds = alternately({name: call for name, (_, call) in rivals.items() if call}, ROUNDS)
    rates, best = ({n: rivals[n][0] / s for n, s in kind(seconds).items()} for kind in (medians, leasts))
    print(f"\n{title}\n{'':26}{'iterations/s':>14}{'ours':>9}{'best ours':>11}{'target':>9}")
    for name in rivals:
        if name not in rates:
            print(f"{name:26}{'not installed':>14}")
            continue
        target = f"{targets[name]:.3g}x" if name in targets else ""
        print(f"{name:26}{rates[name]:14.3g}{rates[ours] / rates[name]:8.4g}x{best[ours] / best[name]:10.4g}x{target:>9}")
    return {
        "seconds": seconds,
        "iterations_per_second": rates,
        f"{ours} over rival": {name: rates[ours] / rate for name, rate in rates.items()},
        f"{ours} over rival, least of the rounds": {name: best[ours] / rate for name, rate in best.items()},
        "targets": targets,
    }


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    numba.set_num_threads(1)


def test_orbit_diagram(tmp_path):
    family = GradientMap(F2, x, np.linspace(*CHAOS, SIDE))
    kernels = CpuKernels(family)
    points, steps = lanes(CHAOS, SIDE, SIDE)
    few_points, few_steps = points[::20].copy(), steps[::20].copy()
    starts = points[:SIDE]
    system, in_c = pynamicalsys_system(), c_loop(tmp_path)
    pairs = list(zip(np.linspace(*CHAOS, 20), [starts] * 20, strict=True))
    full, part = SIDE * SIDE * STEPS, len(few_points) * STEPS
    rivals = {
        "kernel": (full, lambda: kernels.advance(points[None], steps[None], STEPS)),
        "bifurcation_diagram": (full, lambda: bifurcation_diagram(family, starts, transient=STEPS, keep=1)),
        "C": (full, in_c and (lambda: in_c(points, steps, STEPS))),
        "NumPy": (full // 20, lambda: loop(points, steps, STEPS // 20)),
        "NumPy, blocks in cache": (part, lambda: loop_in_blocks(few_points, few_steps, STEPS, 4000)),
        "torch eager": (full // 20, lambda: loop(torch.from_numpy(points), torch.from_numpy(steps), STEPS // 20)),
        "torch, blocks in cache": (part, lambda: loop_in_blocks(torch.from_numpy(few_points), torch.from_numpy(few_steps), STEPS, 16_000)),
        "pynamicalsys ensemble": (
            20 * SIDE * STEPS,
            system and (lambda: [system.trajectory(s[:, None], STEPS, parameters=[h]) for h, s in pairs]),
        ),
        "pynamicalsys, last point": (
            20 * SIDE * STEPS,
            system and (lambda: [system.trajectory(s[:, None], STEPS, parameters=[h], transient_time=STEPS - 1) for h, s in pairs]),
        ),
        "pynamicalsys diagram": (
            20 * 100 * STEPS,
            system and (lambda: [system.bifurcation_diagram([s], 0, np.linspace(*CHAOS, 20), STEPS) for s in starts[:100]]),
        ),
    }
    results = compare("Orbit diagram of f2, nothing settles", rivals, "kernel", TARGETS)
    stable = lanes((0.05, 0.15), 64, 64)  # engines agree where orbits do not part
    if in_c:
        assert np.abs(in_c(*stable, 200) - CpuKernels(family).advance(stable[0][None], stable[1][None], 200)[0]).max() < 1e-12
    path = store(
        "orbits_diagram",
        PACKAGES,
        task=f"{SIDE} step sizes x {SIDE} starts x {STEPS} steps of gradient descent on f2, step sizes {CHAOS}",
        **results,
    )
    print(f"written to {path.name}")


def test_early_exit(tmp_path):
    """What the early exit saves in the usual diagram, against the same kernel where nothing settles."""
    points, steps = lanes(USUAL, SIDE, SIDE)
    points = np.tile(np.random.default_rng(1).uniform(0.5, 2.2, SIDE), SIDE)
    kernels, in_c = CpuKernels(GradientMap(F2, x, 1)), c_loop(tmp_path)
    chaos = lanes(CHAOS, SIDE, SIDE)
    rivals = {
        f"{name}, {count} steps": (lambda p=p, count=count: kernels.advance(p[0][None], p[1][None], count))
        for count in (1000, 10_000)
        for name, p in {"usual diagram": (points, steps), "nothing settles": chaos}.items()
    }
    if in_c:
        rivals["C, usual diagram, 1000 steps"] = lambda: in_c(points, steps, 1000)
    seconds = medians(alternately(rivals, 3))
    saved = {count: seconds[f"nothing settles, {count} steps"] / seconds[f"usual diagram, {count} steps"] for count in (1000, 10_000)}
    print("\nEarly exit, usual diagram (step sizes 0.05 to 0.6):", {count: f"{ratio:.3g}x faster" for count, ratio in saved.items()})
    store("orbits_early_exit", PACKAGES, seconds=seconds, times_faster=saved)


def test_subnormal_numbers():
    """The raw kernel with and without flushing, on lanes that shrink through the subnormal range."""
    from dynamics import SymbolicMap

    kernels = CpuKernels(SymbolicMap(x * sp.Rational(999_999, 1_000_000), x))
    raw, p = kernels._orbits.advance, np.empty((0, 12_800))
    normal, subnormal = np.ones((1, 12_800)), np.full((1, 12_800), 2.0**-1023)
    seconds = medians(
        alternately(
            {
                "normal": lambda: kernels.advance(normal, p, 1000),
                "subnormal": lambda: kernels.advance(subnormal, p, 1000),
                "subnormal, not flushed": lambda: raw(subnormal.copy(), p, 1000),
            },
            ROUNDS,
        )
    )
    slower = {name: value / seconds["normal"] for name, value in seconds.items()}
    print("\nSubnormal numbers:", {name: f"{ratio:.3g}x" for name, ratio in slower.items()})
    store("orbits_subnormal", PACKAGES, seconds=seconds, times_slower=slower)


def test_lyapunov_exponents():
    starts = lanes(CHAOS, 1, SIDE)[0]
    family = GradientMap(F2, x, np.linspace(*CHAOS, 200))
    system = pynamicalsys_system()
    pairs = [(h, s) for h in np.linspace(*CHAOS, 10) for s in starts[:100]]
    rivals = {
        "lyapunov_exponents": (200 * SIDE * STEPS, lambda: lyapunov_exponents(family, starts, transient=0, steps=STEPS)),
        "pynamicalsys": (len(pairs) * STEPS, system and (lambda: [system.lyapunov([s], STEPS, parameters=[h]) for h, s in pairs])),
    }
    results = compare("Lyapunov exponents of f2", rivals, "lyapunov_exponents", {"pynamicalsys": 90})
    if system:
        ours = lyapunov_exponents(GradientMap(F2, x, np.array([0.15])), np.array([1.95]), steps=STEPS).exponents[0, 0, 0]
        assert abs(ours - system.lyapunov([1.95], 2 * STEPS, parameters=[0.15], transient_time=STEPS)) < 1e-9  # a stable orbit
    store("orbits_lyapunov", PACKAGES, task=f"200 step sizes x {SIDE} starts x {STEPS} steps of f2, step sizes {CHAOS}", **results)


START_UP = """
import time, numpy as np, sympy as sp
from dynamics import GradientMap, bifurcation_diagram
x = sp.Symbol("x")
began = time.process_time()
bifurcation_diagram(GradientMap((x**2 + 1) * (x - 1)**2 * (x - 2)**2, x, np.linspace(0.1, 0.5, 9)), np.array([0.3]))
print(time.process_time() - began)
"""


def test_start_up(tmp_path):
    """From the first line after the imports to a finished diagram, in a fresh process: compiling, then from the disk."""
    environment = os.environ | {"STEPVERDICT_CACHE": str(tmp_path), "PYTHONPATH": os.getcwd()}

    def once():
        return float(subprocess.run([sys.executable, "-c", START_UP], env=environment, check=True, capture_output=True, text=True).stdout)

    first, later = once(), sorted(once() for _ in range(3))[1]
    print(f"\nStart-up: {first:.2g} s when it compiles, {later:.2g} s from the disk (target 1 s)")
    store("orbits_start_up", PACKAGES, seconds={"compiling": first, "from disk": later})


def test_growth():
    """How the time grows with steps, starts and degree: the exponent of a power law through the least times."""
    growth = {}
    for name, sizes in {"steps": (250, 500, 1000, 2000), "starts": (250, 500, 1000, 2000)}.items():
        runs = {}
        for size in sizes:
            points, steps = lanes(CHAOS, 200, size if name == "starts" else 500)
            count = size if name == "steps" else 500
            kernels = CpuKernels(GradientMap(F2, x, 1))
            runs[size] = lambda k=kernels, a=points, b=steps, c=count: k.advance(a[None], b[None], c)
        seconds = leasts(alternately(runs, ROUNDS))
        exponent, _ = power_law(seconds)
        growth[name] = {"seconds": seconds, "exponent": exponent}
        print(f"\ntime ~ {name}^{exponent:.3f}")
    store("orbits_growth", PACKAGES, growth=growth)
