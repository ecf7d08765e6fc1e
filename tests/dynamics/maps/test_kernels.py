"""Compiled maps: the same orbits as the maps' own steps, an early exit without a trace, subnormals, the cache; Triton's text."""

import importlib.util
import math
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
import torch
from sympy import Rational

from dynamics import (
    GradientMap,
    SymbolicMap,
    bifurcation_diagram,
    heavy_ball,
    lyapunov_exponents,
    normalised_descent,
    polyak_descent,
    runge_kutta_flow,
    sign_descent,
)
from dynamics.maps._codegen import NUMBA, TRITON, assignments
from dynamics.maps._compiled_source import load
from dynamics.maps._numba_source import orbit_source
from dynamics.maps.cuda_kernels import CudaKernels, source
from dynamics.maps.kernels import CpuKernels, flushed_denormals
from tests.dynamics.known_maps import DOUBLE_WELL, F2, HENON, LOGISTIC, a, b, r, x, y

LANES = 130  # a block of 128 and two lanes more

# Stable maps from starts in [-0.6, 0.6]: errors of one step, 40 operations on numbers below 10 (1e-13), shrink or add up over
# 20 steps, and so do the differences between fused and separate roundings.
ROUNDING = 2e-12
PLANE = x**2 + x * y / 2 + y**2 + x**4 / 8
STABLE = {
    "gradient descent": GradientMap(PLANE, (x, y), Rational(1, 8)),
    "double well": GradientMap(DOUBLE_WELL, x, Rational(1, 2)),
    "cusp": GradientMap(Rational(2, 3) * sp.Abs(x) ** Rational(3, 2), x, Rational(1, 2)),
    "heavy ball": heavy_ball(DOUBLE_WELL, x, Rational(1, 8), Rational(1, 2)),
    "Runge-Kutta": runge_kutta_flow(DOUBLE_WELL, x, Rational(1, 8)),
    "sign": sign_descent(sp.Abs(x) + y**2, (x, y), Rational(1, 64)),
    "functions": SymbolicMap((sp.tanh(x) / 2 + sp.exp(-(y**2)) / 8, sp.sin(x * y) + sp.Max(x, y) / 4), (x, y)),
}
SCALING = SymbolicMap(r * x, x, {r: 1})


def starts(family, lanes=LANES, seed=0):
    return np.random.default_rng(seed).uniform(-0.6, 0.6, (family.dimension, lanes))


def values(family, lanes):
    return np.repeat(np.array([float(v) for v in family.values.values()]).reshape(-1, 1), lanes, axis=1)


def own(family, points):
    """Points of the kernels' shape (n, lanes) in the map's own shape."""
    return points[0] if family.scalar else points.T


@pytest.mark.parametrize("name", STABLE)
def test_the_cpu_runs_the_maps_own_orbits(name):
    family = STABLE[name]
    begin, p = starts(family), values(family, LANES)
    orbit = family.orbit(own(family, begin), 20)
    recorded = CpuKernels(family).record(begin, p, 20)
    assert np.stack([own(family, points) for points in recorded]) == pytest.approx(orbit[1:], abs=ROUNDING)


@pytest.mark.parametrize("name", ["normalised", "Polyak"])
def test_one_step_of_the_methods_that_overshoot(name):
    family = {"normalised": normalised_descent(PLANE, (x, y), 0.1), "Polyak": polyak_descent(PLANE, (x, y))}[name]
    begin = starts(family)
    begin[:, 0] = 0.0  # at rest, where the move reads 0 / 0
    moved = CpuKernels(family).record(begin, values(family, LANES), 1)[0]
    assert moved.T == pytest.approx(family.step(begin.T), abs=ROUNDING)
    assert moved[:, 0].tolist() == [0.0, 0.0]


def test_each_lane_has_its_own_parameter_values():
    family = GradientMap(DOUBLE_WELL, x, 1)
    steps, begin = np.linspace(0.1, 0.9, LANES), starts(family)
    assert CpuKernels(family).advance(begin, steps[None], 20)[0] == pytest.approx(
        family.with_step_size(steps).advance(begin[0], 20), abs=ROUNDING
    )


@pytest.mark.parametrize("steps", [0, 1, 47, 48, 49, 96, 1000, 4001])
def test_an_early_exit_leaves_no_trace(steps):
    """Fixed points, two-cycles and four-cycles, chaos and escape beside each other: advance ends where record does, bit for bit."""
    family = GradientMap(DOUBLE_WELL, x, 1)
    begin, p = starts(family, 6 * 128), np.repeat([[0.5, 1.1, 1.3, 1.9, 3.0, 0.9]], 128, axis=1)
    begin[0, 4 * 128 :: 2] *= 9
    kernels = CpuKernels(family)
    last = kernels.record(begin, p, steps)[-1] if steps else begin
    assert np.array_equal(kernels.advance(begin, p, steps), last, equal_nan=True)


def test_long_runs_are_cut_without_a_trace(monkeypatch):
    henon, begin = SymbolicMap(HENON, (x, y), {a: Rational(7, 5), b: Rational(3, 10)}), np.array([[0.1, 0.0], [0.0, 0.1]])
    kernels, p, tangents = CpuKernels(henon), values(henon, 2), np.repeat(np.eye(2)[:, :, None], 2, axis=2)
    whole = kernels.advance(begin, p, 1000), *kernels.stretch(begin, p, tangents, 1000)
    monkeypatch.setattr("dynamics.maps.kernels.STEPS_A_CALL", 1)  # parts of 48 steps, a multiple of 16
    cut = kernels.advance(begin, p, 1000), *kernels.stretch(begin, p, tangents, 1000)
    assert all(np.array_equal(one, other) for one, other in zip(whole, cut, strict=True))


@pytest.mark.parametrize("rate", [0.999, 1.001])
def test_a_slow_drift_is_not_taken_for_a_repeat(rate):
    p = np.full((1, 2), rate)
    # 1000 products, each rounded to 1.1e-16
    assert CpuKernels(SCALING).advance(np.array([[1.0, 2.0]]), p, 1000)[0] == pytest.approx([rate**1000, 2 * rate**1000], rel=3e-13)


def test_an_early_exit_saves_the_time():
    """A million million steps at a fixed point end at once: without the exit they would take minutes even for one block."""
    family = GradientMap(DOUBLE_WELL, x, 1)
    began = time.perf_counter()
    assert CpuKernels(family).advance(starts(family, 128), np.full((1, 128), 0.5), 10**12).shape == (1, 128)
    assert time.perf_counter() - began < 60


def test_subnormal_numbers_count_as_zero_while_a_kernel_runs():
    assert CpuKernels(SCALING).advance(np.full((1, 1), 2.0**-1022), np.full((1, 1), 0.999), 5)[0, 0] == 0.0
    smallest = np.float64(2.0**-1022)
    assert smallest * np.float64(0.5) > 0  # and afterwards they are what they were
    torch.set_flush_denormal(True)
    try:
        with flushed_denormals():
            pass
        assert smallest * np.float64(0.5) == 0  # also where the caller had flushed them
    finally:
        torch.set_flush_denormal(False)


def test_subnormal_numbers_do_not_slow_a_kernel_down():
    """Halving from 2^-1000: 22 steps later all is subnormal. Slow hardware paths cost 70 times the time, so 8 tells."""
    kernels, p = CpuKernels(SCALING), np.full((1, 1280), 0.999999)
    times = {}
    for start in (1.0, 2.0**-1022 * (1 + 1e-3)):
        kernels.advance(np.full((1, 1280), start), p, 10)
        times[start] = min(_timed(lambda s=start: kernels.advance(np.full((1, 1280), s), p, 20_000)) for _ in range(3))
    normal, subnormal = times.values()
    assert subnormal < 8 * normal


def _timed(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


# ---------------------------------------------------------------- the text, and the cache

FORMULAS = {
    "numbers": (x / 3 + sp.pi * 10**20, 1.7),
    "powers": (x**7 + x**100 + x ** Rational(5, 2) + x**-3 + 1 / sp.sqrt(x) + x ** Rational(1, 3) + x**sp.pi, 1.3),
    "functions": (sp.exp(x) + sp.log(x) + sp.sin(x) + sp.cos(x) + sp.floor(3 * x) + sp.erf(x), 0.7),
    "kinks": (sp.sign(x) + sp.Abs(x) + sp.Min(x, 2, x**2) + sp.Max(x, 0, -x) + sp.Heaviside(x - 1), -0.7),
    "branches": (sp.Piecewise((x, sp.And(x > 0, x < 1)), (x**2, sp.Or(x >= 2, sp.Eq(x, Rational(3, 2)))), (-x, True)), 1.5),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_printed_formula_has_the_value_of_the_formula(name):
    formula, at = FORMULAS[name]
    names = {"math": math, "x0": at}
    for line in assignments({"y": formula}, {x: "x0"}, NUMBA):
        exec(line, names)
    assert names["y"] == pytest.approx(float(formula.subs(x, sp.Rational(at)).evalf(30)), rel=1e-14)  # 40 operations: 40 eps


def test_nan_goes_through_every_choice():
    for formula in (sp.sign(x), sp.Min(x, y), sp.Max(y, x), sp.Heaviside(x), sp.DiracDelta(x)):
        for values in ((math.nan, 1.0), (1.0, math.nan))[: len(formula.free_symbols)]:
            names = {"math": math, "x0": values[0], "x1": values[1]}
            for line in assignments({"y": formula}, {x: "x0", y: "x1"}, NUMBA):
                exec(line, names)
            assert math.isnan(names["y"]), formula


@pytest.mark.parametrize(
    ("formula", "dialect"),
    [(sp.gamma(x), NUMBA), (sp.tanh(x), TRITON), (x**100, TRITON), (sp.Piecewise((x, sp.Xor(x > 0, x > 1)), (1, True)), NUMBA)],
)
def test_a_formula_without_a_compiled_form_is_refused(formula, dialect):
    with pytest.raises(TypeError, match=f"no compiled form .* in {dialect.name}"):
        assignments({"y": formula}, {x: "x0"}, dialect)


def test_machine_code_is_kept_on_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("STEPVERDICT_CACHE", str(tmp_path))
    text = orbit_source(SymbolicMap(x / 2, x))
    for times_loaded in (0, 1):
        module = load(text)
        module.advance(np.ones((1, 1)), np.empty((0, 1)), 3)
        assert sum(module.advance.stats.cache_hits.values()) == times_loaded
        del sys.modules[module.__name__]
    assert list(tmp_path.rglob("*.nbc"))


def test_the_cache_folder_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.delenv("STEPVERDICT_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    module = load("VALUE = 17\n")
    assert module.VALUE == 17 and Path(module.__file__).parent == tmp_path / "stepverdict"
    assert load("VALUE = 17\n") is module
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setenv("STEPVERDICT_CACHE", str(blocked))
    with pytest.raises(OSError, match="set STEPVERDICT_CACHE to a folder"):
        load("VALUE = 18\n")


def test_a_damaged_file_in_the_cache_is_written_anew(tmp_path, monkeypatch):
    monkeypatch.setenv("STEPVERDICT_CACHE", str(tmp_path))
    path = Path(load("VALUE = 19\n").__file__)
    path.write_text("VALUE = 20\n")
    del sys.modules[path.stem]
    assert load("VALUE = 19\n").VALUE == 19


# ---------------------------------------------------------------- CUDA

triton_missing = pytest.mark.skipif(not importlib.util.find_spec("triton"), reason="Triton is not installed")
INTERPRETED = {name: STABLE[name] for name in ("gradient descent", "double well", "cusp", "heavy ball", "sign")}


@triton_missing
@pytest.mark.parametrize("name", INTERPRETED)
def test_triton_runs_the_cpus_orbits(name, monkeypatch):
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    family = INTERPRETED[name]
    begin, p = starts(family), values(family, LANES)
    cpu, cuda = CpuKernels(family), CudaKernels(family)
    recorded = cuda.record(begin, p, 8)
    assert recorded == pytest.approx(cpu.record(begin, p, 8), abs=ROUNDING)
    assert np.array_equal(cuda.advance(begin, p, 8), recorded[-1])


@triton_missing
def test_triton_stretches_tangents_as_the_cpu_does(monkeypatch):
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    henon = SymbolicMap(HENON, (x, y), {a: Rational(1, 5), b: Rational(3, 10)})  # the stable one
    tangents = np.repeat(np.eye(2)[:, :, None], LANES, axis=2)
    arguments = starts(henon) / 6, values(henon, LANES), tangents, 37
    for cpu, cuda in zip(CpuKernels(henon).stretch(*arguments), CudaKernels(henon).stretch(*arguments), strict=True):
        assert cuda == pytest.approx(cpu, abs=ROUNDING)


@triton_missing
def test_a_diagram_and_exponents_run_on_cuda_by_the_same_call(monkeypatch):
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    family, starts = GradientMap(DOUBLE_WELL, x, np.array([0.5, 1.1])), np.array([0.3, -0.8])
    cpu, cuda = (bifurcation_diagram(family, starts, transient=200, keep=8, device=device) for device in ("cpu", "cuda"))
    assert cuda.points == pytest.approx(cpu.points, abs=ROUNDING) and cuda.periods.tolist() == [[1, 1], [2, 2]] and cuda.device == "cuda"
    cpu, cuda = (lyapunov_exponents(family, starts, transient=200, steps=64, device=device) for device in ("cpu", "cuda"))
    assert cuda.exponents == pytest.approx(cpu.exponents, abs=1e-10)  # 64 logarithms of slopes that agree to rounding


@triton_missing
def test_the_cuda_code_fuses_and_stays_in_double_precision(monkeypatch):
    """Compiled for a device that need not be there: six fused multiply-adds a step of f2, as on the CPU, and no float32."""
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    import triton
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    kernel = load(source(GradientMap(F2, x, 1))).advance
    signature = {"x": "*fp64", "p": "*fp64", "lanes": "i32", "steps": "i32"}
    code = triton.compile(ASTSource(kernel, signature=signature), target=GPUTarget("cuda", 90, 32)).asm["ptx"]
    assert code.count("fma.rn.f64") == 6
    assert "f32" not in code and "mul.f64" not in code


@triton_missing
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("name", INTERPRETED)
def test_a_cuda_device_runs_the_cpus_orbits(name):
    family = INTERPRETED[name]
    begin, p = starts(family), values(family, LANES)
    assert CudaKernels(family).record(begin, p, 20) == pytest.approx(CpuKernels(family).record(begin, p, 20), abs=ROUNDING)


def test_a_gradient_that_reads_0_over_0_has_no_compiled_form():
    with pytest.raises(ValueError, match="0 / 0 where"):
        CpuKernels(GradientMap((x**2 + y**2) ** Rational(3, 4), (x, y), 1))


def test_without_a_cuda_device_one_clear_line(monkeypatch):
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="no CUDA device|Triton is not installed"):
        bifurcation_diagram(SymbolicMap(LOGISTIC, x, {r: 3}), np.array([0.3]), device="cuda")
