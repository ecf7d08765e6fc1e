"""Gradient descent as a discrete map: what its orbits do, with proof where there is one."""

from dynamics.basins import CertifiedBasin, certify_basin
from dynamics.cycles import CertifiedCycle, NotCertified, all_cycles, certify_cycle
from dynamics.gradient_methods import heavy_ball, nesterov, normalised_descent, polyak_descent, runge_kutta_flow, sign_descent
from dynamics.maps import GradientMap
from dynamics.networks import DeepLinearMap, NetworkMap, TwoLayerReluMap
from dynamics.orbits import classify
from dynamics.outcomes import Outcome, OutcomeKind
from dynamics.relu_grid import GridReluMap
from dynamics.sharpness import Sharpness, hessian_product, sharpness
from dynamics.symbolic_map import SymbolicMap
from dynamics.torch_maps import TorchMap

__all__ = [
    "CertifiedBasin",
    "CertifiedCycle",
    "DeepLinearMap",
    "GradientMap",
    "GridReluMap",
    "NetworkMap",
    "NotCertified",
    "Outcome",
    "OutcomeKind",
    "Sharpness",
    "SymbolicMap",
    "TorchMap",
    "TwoLayerReluMap",
    "all_cycles",
    "certify_basin",
    "certify_cycle",
    "classify",
    "heavy_ball",
    "hessian_product",
    "nesterov",
    "normalised_descent",
    "polyak_descent",
    "runge_kutta_flow",
    "sharpness",
    "sign_descent",
]
