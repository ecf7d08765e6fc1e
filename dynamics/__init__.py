"""Gradient descent as a discrete map: what its orbits do, with proof where there is one."""

from dynamics._flow_solver import FlowStopped
from dynamics.architectures import deep_linear, deep_relu, densely_connected, logistic, neural_ode, residual, two_layer_relu
from dynamics.basin_fractions import BasinFractions, basin_fractions
from dynamics.basin_grids import BasinClass, BasinGrid, basin_grid
from dynamics.basins import CertifiedBasin, certify_basin
from dynamics.bifurcations import Bifurcation, BifurcationKind, CycleWindow, ExactBifurcations, exact_bifurcations
from dynamics.cycles import CertifiedCycle, NotCertified, all_cycles, certify_cycle
from dynamics.data import DataMissing, DataSet, cifar10, mnist, tabular
from dynamics.diagrams import BifurcationDiagram, bifurcation_diagram
from dynamics.ensemble_sharpness import EnsembleSharpness, ensemble_sharpness
from dynamics.flow import GradientFlow, gradient_flow
from dynamics.flow_distance import FlowDistance, flow_distance
from dynamics.gradient_methods import heavy_ball, nesterov, normalised_descent, polyak_descent, runge_kutta_flow, sign_descent
from dynamics.image_networks import conv_net, resnet18, resnet20
from dynamics.initialisations import balanced_factors, initialise
from dynamics.layers import Network, NeuralODE
from dynamics.lyapunov import LyapunovExponents, lyapunov_exponents
from dynamics.maps import GradientMap
from dynamics.networks import DeepLinearMap, NetworkMap, TwoLayerReluMap
from dynamics.orbits import classify
from dynamics.outcomes import Outcome, OutcomeKind
from dynamics.relu_grid import GridReluMap
from dynamics.sharpness import Sharpness, hessian_product, sharpness
from dynamics.stacks import functional, network_loss, stack
from dynamics.sweep import CellsFailed, Sweep, grid, sweep
from dynamics.symbolic_map import SymbolicMap
from dynamics.torch_maps import TorchMap

__all__ = [
    "BasinClass",
    "BasinFractions",
    "BasinGrid",
    "Bifurcation",
    "BifurcationDiagram",
    "BifurcationKind",
    "CellsFailed",
    "CertifiedBasin",
    "CertifiedCycle",
    "CycleWindow",
    "DataMissing",
    "DataSet",
    "DeepLinearMap",
    "EnsembleSharpness",
    "ExactBifurcations",
    "FlowDistance",
    "FlowStopped",
    "GradientFlow",
    "GradientMap",
    "GridReluMap",
    "LyapunovExponents",
    "Network",
    "NetworkMap",
    "NeuralODE",
    "NotCertified",
    "Outcome",
    "OutcomeKind",
    "Sharpness",
    "Sweep",
    "SymbolicMap",
    "TorchMap",
    "TwoLayerReluMap",
    "all_cycles",
    "balanced_factors",
    "basin_fractions",
    "basin_grid",
    "bifurcation_diagram",
    "certify_basin",
    "certify_cycle",
    "cifar10",
    "classify",
    "conv_net",
    "deep_linear",
    "deep_relu",
    "densely_connected",
    "ensemble_sharpness",
    "exact_bifurcations",
    "flow_distance",
    "functional",
    "gradient_flow",
    "grid",
    "heavy_ball",
    "hessian_product",
    "initialise",
    "logistic",
    "lyapunov_exponents",
    "mnist",
    "nesterov",
    "network_loss",
    "neural_ode",
    "normalised_descent",
    "polyak_descent",
    "residual",
    "resnet18",
    "resnet20",
    "runge_kutta_flow",
    "sharpness",
    "sign_descent",
    "stack",
    "sweep",
    "tabular",
    "two_layer_relu",
]
