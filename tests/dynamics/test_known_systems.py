"""Every function on every known system: the known answer, or an error that says why there is none and what to use instead."""

import inspect
import math

import numpy as np
import pytest
import sympy as sp
import torch

import dynamics
from dynamics.maps._row_kernels import RowKernels
from dynamics.maps._rows import FlatMap
from dynamics.networks.network_maps import NetworkMap
from dynamics.orbits import _families
from tests.dynamics.known_maps import HENON_EXPONENT, LN2
from tests.dynamics.known_systems import NETWORKS, PLANE, SCALAR, SYSTEMS, R, System


def digits(value):
    return round(float(value), 4)


def starts(system):
    return system.start if isinstance(system.start, torch.Tensor) else np.array(system.start)[None]


def corners(system):
    return system.box if getattr(system.map, "scalar", False) else tuple((end,) * system.map.dimension for end in system.box)


def around(system):
    """A box of half-width 1/20 around the first point of the cycle."""
    first = [sp.Rational(str(v)) for v in np.ravel(np.array(system.cycle[0], dtype=object))]
    low, high = (tuple(c + side * R(1, 20) for c in first) for side in (-1, 1))
    return (low[0], high[0]) if getattr(system.map, "scalar", False) else (low, high)


def axes(system):
    """Four starts along the first coordinate; the others are held."""
    low, high = (float(end) for end in system.box)
    return [np.linspace(low, high, 6)[1:-1], *map(float, np.ravel(starts(system))[1:])]


def loss(system):
    """The loss of a network at one point; a map of formulas has none over tensors."""
    return (lambda w: system.map.loss(w[None])[0]) if isinstance(system.map, NetworkMap) else system.map


def point(system):
    return torch.as_tensor(starts(system)).reshape(-1)


def found_by_newton(system):
    found = dynamics.find_cycles(system.map, 1, box=(-3, 3), seed=0, budget=50)
    return len(found.cycles), len(found.uncertified)


FUNCTIONS = {
    "classify": lambda s: " ".join(str(v) for v in attrs(dynamics.classify(s.map, starts(s), max_steps=3000))),
    "certify_cycle": lambda s: dynamics.certify_cycle(s.map, s.cycle).stability,
    "all_cycles": lambda s: len(dynamics.all_cycles(s.map, 1)),
    "all_cycles, within": lambda s: len(dynamics.all_cycles(s.map, 1, within=corners(s))),
    "find_cycles": found_by_newton,
    "exact_bifurcations": lambda s: [digits(c.value) for c in dynamics.exact_bifurcations(s.map, within=s.within).bifurcations],
    "crises": lambda s: [digits(c.value) for c in dynamics.crises(s.map, landing=2, within=s.within).found],
    "invariant_interval": lambda s: dynamics.invariant_interval(s.map, *s.box).invariant,
    "absorbing_intervals": lambda s: [(digits(i.low), digits(i.high)) for i in dynamics.absorbing_intervals(s.map)],
    "certify_basin": lambda s: dynamics.certify_basin(s.map, *around(s)).attractor.stability,
    "bifurcation_diagram": lambda s: int(dynamics.bifurcation_diagram(s.map, starts(s), transient=200).periods[0, 0]),
    "lyapunov_exponents": lambda s: float(dynamics.lyapunov_exponents(s.map, starts(s), transient=120, steps=200).exponents[0, 0, 0]),
    "basin_grid": lambda s: len(dynamics.basin_grid(s.map, axes(s), max_steps=1000).classes),
    "basin_fractions": lambda s: len(dynamics.basin_fractions(s.map, 6, box=tuple(map(float, s.box)), seed=0, max_steps=400).classes),
    "gradient_flow": lambda s: digits(np.ravel(dynamics.gradient_flow(s.map, s.start, [1]).points)[0]),
    "flow_distance": lambda s: digits(dynamics.flow_distance(s.map, s.start, 1).distances[1]),
    "compare_with_flow": lambda s: digits(dynamics.compare_with_flow(s.map, s.start, 1).descent.distances[1]),
    "train_ensemble": lambda s: " ".join(str(v) for v in attrs(dynamics.train_ensemble(s.map, [0], initialisation=s.start).outcomes)),
    "sharpness": lambda s: digits(dynamics.sharpness(loss(s), point(s)).value),
    "sharpness_along": lambda s: [digits(found.value) for found in dynamics.sharpness_along(loss(s), [point(s)] * 2)],
    "corridor_distance": lambda s: digits(dynamics.corridor_distance(loss(s), point(s)).value),
    "hessian_product": lambda s: dynamics.hessian_product(loss(s), point(s))(torch.ones_like(point(s))).tolist(),
    "ensemble_sharpness": lambda s: digits(dynamics.ensemble_sharpness(loss(s), point(s)[None], seed=0).values[0]),
}


def attrs(outcomes):
    outcome = np.ravel(outcomes)[0]
    return outcome.kind, outcome.period


class Refused(str):
    """Words of the error that a cell must raise."""


NO_FORMULA = dict.fromkeys(NETWORKS, Refused("expected a SymbolicMap|give a SymbolicMap"))
NO_POLYNOMIAL = Refused("polynomial")
NEUTRAL, KINK = Refused("neutral"), Refused("kink")
ONE_VARIABLE = dict.fromkeys(PLANE, Refused("scalar map|a map of one"))
NO_LOSS = dict.fromkeys((*SCALAR, *PLANE), Refused("expected a function of a tensor"))
NO_GRADIENT = Refused("expected a GradientMap")
LEAVES = Refused("outside")
INF = math.inf
SQUARES = ("quadratic 1/4", "quadratic 1", "quadratic 5/4")
WELLS, RATES = ("well 1/2", "well 11/10", "well 2"), ("logistic 5/2", "logistic 16/5", "logistic 4")
SETTLES = ("logistic 5/2", "well 1/2", "quadratic 1/4", "heavy ball", "Nesterov", "Runge-Kutta", "Polyak", *NETWORKS)
SWINGS = ("logistic 16/5", "well 11/10", "quadratic 1", "sign", "normalised", "cusp")
CHAOTIC = ("logistic 4", "tent 19/10", "Henon", "well 2")


def each(names, answer):
    return dict.fromkeys(names, answer)


def in_a_well(start, time):
    """Where the flow takes a start between 0 and a minimum of the double well; layers of width 1 that start equal flow likewise."""
    return 1 / math.sqrt(1 + (1 / start**2 - 1) * math.exp(-2 * time))


def well_step(start, step):
    """How far one step of gradient descent ends from the flow."""
    return digits(abs(start + step * (start - start**3) - in_a_well(start, step)))


# How far a step of gradient descent ends from the flow; in the cusp (s - 1/2)^2 against s^2 - s, for every start s^2
ONE_STEP = (
    {"cusp": 0.25}
    | {name: well_step(0.3, step) for name, step in zip(WELLS, (0.5, 1.1, 2), strict=True)}
    | {name: digits(0.3 * abs(1 - 2 * step - math.exp(-2 * step))) for name, step in zip(SQUARES, (0.25, 1, 1.25), strict=True)}
    | each(("deep linear", "two-layer ReLU"), digits(2**0.5 * abs(0.5375 - in_a_well(0.5, 0.1))))
    | {"torch": digits(math.hypot(0.25 - 0.5 * math.exp(-0.5), 0.5 * math.exp(-1)))}
)


# For every function, every system. Where the answer is no matter of counting, its reason stands beside it.
ANSWERS = {
    # binary rounding ends every orbit of the doubling map in its repelling equilibrium; orbits of Newton's map know no bound
    "classify": each(SETTLES, "converged 1") | each(SWINGS, "cycle 2") | each(CHAOTIC, "bounded None")
    | {"doubling": "converged 1", "Newton": "undecided None", "quadratic 5/4": "diverged None"},
    "certify_cycle": each(("logistic 5/2", "logistic 16/5", "well 1/2", "well 11/10", "quadratic 1/4"), "attracting")
    | each(("heavy ball", "Nesterov", "Runge-Kutta", "cusp"), "attracting")
    | each(("logistic 4", "tent 19/10", "doubling", "Newton", "well 2", "quadratic 5/4"), "repelling")
    | each(("quadratic 1", "sign", "normalised", "Polyak"), NEUTRAL) | {"Henon": "saddle"} | NO_FORMULA,
    "all_cycles": each((*RATES, "Henon"), 2) | each(WELLS, 3) | each((*SQUARES, "heavy ball", "Nesterov", "Runge-Kutta"), 1)
    | each(("tent 19/10", "doubling", "Newton", "sign", "normalised", "Polyak", "cusp"), NO_POLYNOMIAL) | NO_FORMULA,
    # the second equilibrium of Henon's map and of the doubling map lie outside their boxes; x = -1/x has no solution
    "all_cycles, within": each((*RATES, "tent 19/10"), 2) | each(WELLS, 3) | {"Newton": 0}
    | each((*SQUARES, "heavy ball", "Nesterov", "Runge-Kutta", "Henon", "doubling"), 1)
    | each(("sign", "normalised", "Polyak", "cusp"), KINK) | NO_FORMULA,
    # found, and reached but uncertified: Polyak's equilibrium lies on a branch, those of the other three on kinks
    "find_cycles": each((*RATES, "tent 19/10", "doubling", "Henon"), (2, 0)) | each(WELLS, (3, 0))
    | each((*SQUARES, "heavy ball", "Nesterov", "Runge-Kutta"), (1, 0)) | each(("Newton", "sign", "normalised", "cusp"), (0, 0))
    | {"Polyak": (0, 1)} | NO_FORMULA,
    # step sizes 2/f''; Runge-Kutta's polynomial 1 - z + z^2/2 - z^3/6 + z^4/24 is 1 at z = 2.7853
    "exact_bifurcations": each(RATES, [1, 3]) | each(WELLS, [1, 1]) | each(SQUARES, [1]) | {"Runge-Kutta": [1.3926]} | ONE_VARIABLE
    | each(("doubling", "Newton", "Polyak"), Refused("parameter")) | each(("tent 19/10", "sign", "cusp"), NO_POLYNOMIAL) | NO_FORMULA,
    "crises": each(RATES, [4]) | each(WELLS, [digits(3 * 3**0.5 / 2 - 1)]) | each((*SQUARES, "Runge-Kutta"), []) | ONE_VARIABLE
    | each(("doubling", "Newton", "Polyak"), Refused("parameter")) | each(("tent 19/10", "sign", "cusp"), NO_POLYNOMIAL) | NO_FORMULA,
    "invariant_interval": each((*RATES, "tent 19/10", "well 1/2", "quadratic 1/4", "quadratic 1", "sign", "Runge-Kutta", "Polyak"), True)
    | each(("doubling", "Newton", "well 11/10", "well 2", "quadratic 5/4"), False) | {"cusp": Refused("undecided")}
    | ONE_VARIABLE | NO_FORMULA,
    # F^2(1/2) and F(1/2) = r/4; the turning points of the well are its minima at step 1/2, and meet at step 2, a boundary crisis
    "absorbing_intervals": {"logistic 5/2": [(0.5859, 0.625)], "logistic 16/5": [(0.512, 0.8)], "logistic 4": [(0, 1)]}
    | {"well 1/2": [(-1, -1), (1, 1)], "well 11/10": [(-1.1168, -0.813), (0.813, 1.1168)], "well 2": Refused("orbits meet")}
    | each((*SQUARES, "Runge-Kutta"), []) | ONE_VARIABLE
    | each(("tent 19/10", "doubling", "Newton", "sign", "normalised", "Polyak", "cusp"), NO_POLYNOMIAL) | NO_FORMULA,
    "certify_basin": each(("logistic 5/2", "well 1/2", "quadratic 1/4", "Runge-Kutta"), "attracting")
    | each(("logistic 16/5", "logistic 4", "Henon", "well 11/10", "well 2", "quadratic 1", "quadratic 5/4"), LEAVES)
    | each(("heavy ball", "Nesterov"), LEAVES)  # momentum turns: a square box is not taken into itself
    | each(("tent 19/10", "doubling", "Newton", "sign", "normalised", "Polyak", "cusp"), NO_POLYNOMIAL) | NO_FORMULA,
    "bifurcation_diagram": each((*SETTLES, "doubling"), 1) | each(SWINGS, 2) | each((*CHAOTIC, "Newton", "quadratic 5/4"), 0),
    # multipliers 1/2, 4 + 2 r - r^2, 9 - 2 (1 + step)^2, sqrt beta, 3/8; ln 3 for Chebyshev's cubic; 0 along manifolds of minima
    "lyapunov_exponents": each(("logistic 5/2", "quadratic 1/4", "heavy ball", "Polyak", "torch"), -LN2)
    | {"logistic 16/5": math.log(0.16) / 2, "well 11/10": math.log(0.18) / 2, "Nesterov": math.log(0.125) / 2}
    | each(("logistic 4", "doubling", "Newton"), LN2) | {"tent 19/10": math.log(1.9), "Henon": HENON_EXPONENT, "well 2": math.log(3)}
    | each(("well 1/2", "cusp"), -INF) | {"quadratic 5/4": math.log(1.5), "Runge-Kutta": math.log(3 / 8)}
    | each(("quadratic 1", "sign", "normalised", "deep linear", "two-layer ReLU"), 0),
    # a dead unit's gradient is 0 in float64, which proves no equilibrium: those starts are undecided
    "basin_grid": each(SYSTEMS, 1) | each(("well 1/2", "well 11/10", "two-layer ReLU"), 2),
    "basin_fractions": each((*RATES, "tent 19/10", "Newton", *SQUARES, "heavy ball", "Nesterov"), 1)
    | each(("sign", "normalised", "Runge-Kutta", "Polyak", "cusp", "deep linear", "torch"), 1)
    | each(("doubling", "Henon", "well 1/2", "well 2", "two-layer ReLU"), 2) | {"well 11/10": 3},
    # exp(-t) or exp(-2 t); in the cusp x' = -sqrt x, so the root falls by t/2
    "gradient_flow": each((*SCALAR, *PLANE), NO_GRADIENT) | each(WELLS, digits(in_a_well(0.3, 1)))
    | each(SQUARES, digits(0.3 * math.exp(-2))) | each(("deep linear", "two-layer ReLU"), digits(in_a_well(0.5, 1)))
    | {"cusp": digits((0.3**0.5 - 0.5) ** 2), "torch": digits(0.5 * math.exp(-1))},
    "flow_distance": each((*SCALAR, *PLANE), Refused("give flow=")) | ONE_STEP,
    "compare_with_flow": each((*SCALAR, *PLANE), NO_GRADIENT) | ONE_STEP,
    "train_ensemble": each((*SCALAR, *PLANE), Refused("expected maps such as DeepLinearMap")) | each(NETWORKS, "converged 1"),
    # losses (1 - w v)^2 / 2 and w^2 / 2 + v^2: Hessians [[v^2, 2 w v - 1], [., w^2]] at 1/2, and diag(1, 2)
    "sharpness": NO_LOSS | each(("deep linear", "two-layer ReLU"), 0.75) | {"torch": 2},
    "sharpness_along": NO_LOSS | each(("deep linear", "two-layer ReLU"), [0.75] * 2) | {"torch": [2] * 2},
    # g along (1, 1), of the eigenvalue -1/4; the other is 3/4. And g = (1, 2)/2 with H g = (1, 4)/2, |H| = 2
    "corridor_distance": NO_LOSS | each(("deep linear", "two-layer ReLU"), digits(1 / 3)) | {"torch": digits(17**0.5 / 5**0.5 / 2)},
    "hessian_product": NO_LOSS | each(("deep linear", "two-layer ReLU"), [-0.25, -0.25]) | {"torch": [1, 2]},
    "ensemble_sharpness": NO_LOSS | each(("deep linear", "two-layer ReLU"), 0.75) | {"torch": 2},
}  # fmt: skip

MAKERS = {"heavy_ball", "nesterov", "normalised_descent", "polyak_descent", "runge_kutta_flow", "sign_descent"}  # made SYSTEMS
NO_MAP = {"grid", "sweep"}  # take any function, not maps: tests/dynamics/test_sweeps.py
NO_MAP |= {"cifar10", "mnist", "tabular"}  # read data: tests/dynamics/test_data.py
# Make torch modules and their losses, which `TorchMap.of` turns into maps: tests/dynamics/networks/test_architectures.py, test_stacks.py
MODULES = {"conv_net", "deep_linear", "deep_relu", "densely_connected", "logistic", "neural_ode", "residual", "resnet18", "resnet20"}
MODULES |= {"dropout_conv_net", "resnet50", "vgg16"}
MODULES |= {"balanced_factors", "functional", "initialise", "network_loss", "stack", "two_layer_relu"}
# Take networks with states, not maps: tests/dynamics/lines/test_tangents.py, test_linear_range.py
MODULES |= {"adjoint", "finite_difference_tangent", "second_tangent", "sensitivity", "tangent"}
MODULES |= {"measurement_slope", "nonlinear_measurement"}
MODULES |= {"measured_norm"}  # takes parameters with gradients, for the optimizers: tests/dynamics/optimizers/test_lipschitz.py
# Take networks and their data, or measured lines, not maps: tests/dynamics/lines/test_line_loss.py, test_line_shapes.py
MODULES |= {"fit_parabola", "fit_polynomial", "line_loss", "line_minimum", "resized_batch", "shape_distance_matrix"}
# 200 steps of a chaotic orbit: |log |F'|| varies by about 1 a step, so its mean by 1 / sqrt 200 = 0.07; three times that. A rotating
# tangent (complex multipliers) ends 200 steps within a factor of 10 of where it began: ln 10 / 200 = 0.012.
SCATTER = {name: 0.21 for name in (*CHAOTIC, "Newton")} | {"heavy ball": 0.012, "Nesterov": 0.012}


@pytest.fixture(autouse=True)
def step_by_step(monkeypatch):
    """Not compiled: that takes a minute for these formulas the first time, and test_kernels compares compiled maps with this."""

    def kernels(family, p, device):
        return RowKernels(FlatMap(family.with_values(dict(zip(family.values, p, strict=True))), family.scalar, None))

    monkeypatch.setattr(_families, "_kernels", kernels)


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_known_answer(function, name):
    expected, system = ANSWERS[function][name], SYSTEMS[name]
    if isinstance(expected, Refused):
        with pytest.raises((ValueError, TypeError), match=expected):
            FUNCTIONS[function](system)
    elif isinstance(expected, float) or function == "lyapunov_exponents":
        assert FUNCTIONS[function](system) == pytest.approx(expected, abs=SCATTER.get(name, 1e-9))
    else:
        assert FUNCTIONS[function](system) == expected


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_cell_is_absent(function):
    assert set(ANSWERS[function]) == set(SYSTEMS)


def test_no_function_is_absent():
    public = {name for name in dynamics.__all__ if inspect.isfunction(getattr(dynamics, name))}
    assert public == {name.partition(",")[0] for name in FUNCTIONS} | MAKERS | NO_MAP | MODULES
    assert all(f"{name}(" in inspect.getsource(inspect.getmodule(System)) for name in MAKERS)


@pytest.mark.parametrize("name", SYSTEMS)
def test_orbits_are_repeated_steps(name):
    """Every map walks: its orbit is its steps, and ``advance`` its last point; exact steps agree where there are any."""
    system = SYSTEMS[name]
    orbit = system.map.orbit(starts(system), 3)
    x = starts(system)
    for state in orbit:
        assert np.array_equal(np.asarray(state), np.asarray(x))
        x = system.map.step(x)
    assert np.array_equal(np.asarray(system.map.advance(starts(system), 3)), np.asarray(orbit[-1]))
    if name not in NETWORKS:
        flat = np.ravel(starts(system)).tolist()
        exact = system.map.step(sp.Rational(flat[0]) if system.map.scalar else tuple(map(sp.Rational, flat)))
        # one step of at most 40 roundings of numbers below 2
        assert np.ravel(orbit[1]) == pytest.approx(np.array(exact, dtype=float).ravel(), abs=40 * 2 * 2.2e-16)
