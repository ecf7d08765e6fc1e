# The public names, and where they are: read by type checkers, and by __init__.py, which imports each when it is first used.
from dynamics.basins.absorbing_intervals import AbsorbingInterval, absorbing_intervals
from dynamics.basins.certified import CertifiedBasin, certify_basin
from dynamics.basins.fractions import BasinFractions, basin_fractions
from dynamics.basins.grids import BasinClass, BasinGrid, basin_grid
from dynamics.basins.invariant_intervals import InvariantInterval, invariant_interval
from dynamics.bifurcations.crises import Crises, Crisis, CrisisKind, crises
from dynamics.bifurcations.values import Bifurcation, BifurcationKind, CycleWindow, ExactBifurcations, exact_bifurcations
from dynamics.curvature.corridor_distance import CorridorDistance, corridor_distance
from dynamics.curvature.ensemble_sharpness import EnsembleSharpness, ensemble_sharpness
from dynamics.curvature.sharpness import Sharpness, hessian_product, sharpness, sharpness_along
from dynamics.cycles.certified import CertifiedCycle, NotCertified, certify_cycle
from dynamics.cycles.deflation import FoundCycles, find_cycles
from dynamics.cycles.search import all_cycles
from dynamics.data import DataMissing, DataSet, cifar10, mnist, tabular
from dynamics.ensembles.training import TrainedEnsemble, train_ensemble
from dynamics.flow._solver import FlowStopped
from dynamics.flow.comparison import FlowComparison, compare_with_flow
from dynamics.flow.distance import FlowDistance, flow_distance
from dynamics.flow.gradient_flow import GradientFlow, gradient_flow
from dynamics.lines import (
    Line,
    LineLoss,
    LineMinimum,
    PolynomialFit,
    ShapeDistances,
    fit_parabola,
    fit_polynomial,
    line_loss,
    line_minimum,
    resized_batch,
    shape_distance_matrix,
)
from dynamics.lines.linear_range import NonlinearMeasurement, measurement_slope, nonlinear_measurement
from dynamics.lines.tangents import Sensitivity, adjoint, finite_difference_tangent, second_tangent, sensitivity, tangent
from dynamics.maps.gradient_map import GradientMap
from dynamics.maps.gradient_methods import heavy_ball, nesterov, normalised_descent, polyak_descent, runge_kutta_flow, sign_descent
from dynamics.maps.symbolic_map import SymbolicMap
from dynamics.networks.architectures import deep_linear, deep_relu, densely_connected, logistic, neural_ode, residual, two_layer_relu
from dynamics.networks.image_networks import conv_net, dropout_conv_net, resnet18, resnet20, resnet50, vgg16
from dynamics.networks.initialisations import balanced_factors, initialise
from dynamics.networks.layers import Network, NeuralODE
from dynamics.networks.network_maps import DeepLinearMap, NetworkMap, TwoLayerReluMap
from dynamics.networks.relu_grid import GridReluMap
from dynamics.networks.stacks import functional, network_loss, stack
from dynamics.networks.torch_maps import TorchMap
from dynamics.optimizers import PAL, AdaMo, AutoAdam, CorridorSGD, LastLayerBound, LinGrad, LipschitzRMSprop, LipschitzSGD, measured_norm
from dynamics.orbits.classify import classify
from dynamics.orbits.diagrams import BifurcationDiagram, bifurcation_diagram
from dynamics.orbits.lyapunov import LyapunovExponents, lyapunov_exponents
from dynamics.orbits.outcomes import Outcome, OutcomeKind
from dynamics.sweeps import CellsFailed, Sweep, grid, sweep

__all__ = [
    "AbsorbingInterval",
    "AdaMo",
    "AutoAdam",
    "BasinClass",
    "BasinFractions",
    "BasinGrid",
    "Bifurcation",
    "BifurcationDiagram",
    "BifurcationKind",
    "CellsFailed",
    "CertifiedBasin",
    "CertifiedCycle",
    "CorridorDistance",
    "CorridorSGD",
    "Crises",
    "Crisis",
    "CrisisKind",
    "CycleWindow",
    "DataMissing",
    "DataSet",
    "DeepLinearMap",
    "EnsembleSharpness",
    "ExactBifurcations",
    "FlowComparison",
    "FlowDistance",
    "FlowStopped",
    "FoundCycles",
    "GradientFlow",
    "GradientMap",
    "GridReluMap",
    "InvariantInterval",
    "LastLayerBound",
    "LinGrad",
    "Line",
    "LineLoss",
    "LineMinimum",
    "LipschitzRMSprop",
    "LipschitzSGD",
    "LyapunovExponents",
    "Network",
    "NetworkMap",
    "NeuralODE",
    "NonlinearMeasurement",
    "NotCertified",
    "Outcome",
    "OutcomeKind",
    "PAL",
    "PolynomialFit",
    "Sensitivity",
    "ShapeDistances",
    "Sharpness",
    "Sweep",
    "SymbolicMap",
    "TorchMap",
    "TrainedEnsemble",
    "TwoLayerReluMap",
    "absorbing_intervals",
    "adjoint",
    "all_cycles",
    "balanced_factors",
    "basin_fractions",
    "basin_grid",
    "bifurcation_diagram",
    "certify_basin",
    "certify_cycle",
    "cifar10",
    "classify",
    "compare_with_flow",
    "conv_net",
    "corridor_distance",
    "crises",
    "deep_linear",
    "deep_relu",
    "densely_connected",
    "dropout_conv_net",
    "ensemble_sharpness",
    "exact_bifurcations",
    "find_cycles",
    "finite_difference_tangent",
    "fit_parabola",
    "fit_polynomial",
    "flow_distance",
    "functional",
    "gradient_flow",
    "grid",
    "heavy_ball",
    "hessian_product",
    "initialise",
    "invariant_interval",
    "line_loss",
    "line_minimum",
    "logistic",
    "lyapunov_exponents",
    "measured_norm",
    "measurement_slope",
    "mnist",
    "nesterov",
    "network_loss",
    "neural_ode",
    "nonlinear_measurement",
    "normalised_descent",
    "polyak_descent",
    "residual",
    "resized_batch",
    "resnet18",
    "resnet20",
    "resnet50",
    "runge_kutta_flow",
    "second_tangent",
    "sensitivity",
    "shape_distance_matrix",
    "sharpness",
    "sharpness_along",
    "sign_descent",
    "stack",
    "sweep",
    "tabular",
    "tangent",
    "train_ensemble",
    "two_layer_relu",
    "vgg16",
]
