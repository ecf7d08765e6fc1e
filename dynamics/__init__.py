r"""Gradient descent as a discrete map: what its orbits do, with proof where there is one.

Which part came from which need:

- the examples of Nar & Sastry (one variable): `GradientMap` and `classify`; to prove what was seen, `all_cycles`, `find_cycles`,
  `certify_cycle`, `certify_basin`, `exact_bifurcations`, `invariant_interval`, `absorbing_intervals`, `crises`; to see it,
  `bifurcation_diagram`, `lyapunov_exponents`, `basin_grid`, `basin_fractions`;
- their deep linear networks (theorems 1 to 3): `DeepLinearMap`; their ReLU networks (theorem 4, figure 2): `TwoLayerReluMap`, and
  `GridReluMap` for the millions of steps of the figure;
- the same questions for the networks that people train: `deep_linear`, `two_layer_relu`, `deep_relu`, `logistic`, `residual`,
  `densely_connected`, `neural_ode`, `conv_net`, `resnet18`, `resnet20`, `resnet50`, `vgg16`, with `initialise`, `stack` and
  `network_loss` to run many at once, `train_ensemble` to train them over step sizes and seeds, each to its outcome, and `mnist`,
  `cifar10`, `tabular` to train on;
- step size against curvature, in every paper: `sharpness`, `sharpness_along` a run, `hessian_product`, `ensemble_sharpness`;
- momentum, Runge-Kutta steps and step-size rules (Dherin & Rosca, Mutschler & Zell): `heavy_ball`, `nesterov`, `runge_kutta_flow`,
  `polyak_descent`, `sign_descent`, `normalised_descent`, all on `SymbolicMap`; maps of the reader's own: `SymbolicMap`, `TorchMap`;
- the flow that gradient descent follows or leaves (Dherin & Rosca): `gradient_flow`, `flow_distance`, `compare_with_flow`, and how far
  a point is from a corridor, where it never leaves: `corridor_distance`; their corridor learning rate as an optimizer: `CorridorSGD`;
- tangents and adjoints of a network's states, and steps within their linear range (Ni & Talnikar): `tangent`, `second_tangent`,
  `finite_difference_tangent`, `adjoint`, `sensitivity`, `nonlinear_measurement`, `measurement_slope`, and the optimizer `LinGrad`;
- steps divided by a bound of the gradient (Yedida & Saha): the optimizers `LipschitzSGD`, `AdaMo`, `LipschitzRMSprop`, `AutoAdam`, with
  `measured_norm` or a `LastLayerBound`;
- the loss along lines of parameters (Mutschler & Zell): `line_loss`, `fit_parabola`, `shape_distance_matrix`, `line_minimum`, what a batch
  of another size would have shown, `resized_batch`, the strategies in `dynamics.lines`, and the optimizer `PAL`;
- experiments over many seeds and settings: `sweep`, `grid`.

The rooms, each of which uses only those above it:

- `dynamics.maps`: update rules as discrete maps, and these compiled; `dynamics.networks`: networks as modules, as stacks and as maps;
- `dynamics.lines`: losses, states and tangents along a line of parameters; `dynamics.curvature`: the Hessian; `dynamics.flow`: the flow;
- `dynamics.orbits`: what is seen in float64; `dynamics.cycles`, `dynamics.bifurcations`: what is proved; `dynamics.basins`: both;
- `dynamics.ensembles`: trainings judged as orbits; `dynamics.optimizers`: for `torch.optim`; `dynamics.experiments`: the papers' runs.

Modules and functions whose names begin with an underscore are for `dynamics` alone. A name is imported when it is first used: a worker of a
sweep, or the command line, does not wait for torch and numba. No room or module here bears the name of a function, which it would hide.
"""

import ast
from importlib import import_module
from pathlib import Path
from typing import Any

_STUB = ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
_HOME = {entry.name: line.module for line in _STUB.body if isinstance(line, ast.ImportFrom) and line.module for entry in line.names}
__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'dynamics' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
