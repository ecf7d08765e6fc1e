"""The small trusted kernel: statements, theorems, refutations, and the rules that connect them.

A `Theorem` is made only by a rule of this package. A rule that cannot decide raises `NotProved` with what is left over.
"""

import theory.proof.comparisons
import theory.proof.mean_values  # noqa: F401  registers its facts
from theory.proof.algebra import derivative, identity
from theory.proof.balls import ball, sign
from theory.proof.conclude import conclude
from theory.proof.continuity import limit_is_fixed
from theory.proof.curves import LayerDerivatives, Velocity
from theory.proof.deciding import decide, evaluate
from theory.proof.definitions import by_meaning, combine_words, empty_product, forget_recursion, forget_value, last_factor, transposed
from theory.proof.descent_facts import SpectralNorm
from theory.proof.dynamics_facts import (
    AnalyticMinimum,
    Countable,
    FlowStable,
    GradientStep,
    HasDerivative,
    HessianRange,
    Nonsingular,
    NullBasin,
    SpectralRadius,
    column,
)
from theory.proof.entrywise import Entrywise, Gate
from theory.proof.expansions import BigO, LayerCurvature
from theory.proof.facts import FACTS, LocalMinimum, LyapunovStable, NearestSemidefinite, cite
from theory.proof.flows import Analytic, SmoothField
from theory.proof.kernel import (
    absurd,
    assume,
    conjunction,
    cut,
    define,
    discharge,
    exhibit,
    generalize,
    induction,
    instance,
    matches,
    part,
    rewrite,
    specialize,
    sum_congruence,
    weaken,
)
from theory.proof.language import Map
from theory.proof.limits import Iterate, always_or_once, lands, modulus_to_zero, none_exists, odd_modulus, orbit_of, unique_limit
from theory.proof.logic import And, Exists, ForAll, Implies, Not, Or, Predicate, Tends, substitute
from theory.proof.orbits import (
    along,
    contracts,
    escapes,
    image_tends,
    monotone_orbit,
    no_two_cycles,
    recursion,
    rename_orbit,
    repelled,
)
from theory.proof.plane import PartialDerivatives, SmoothNear
from theory.proof.points import Refutation, Witness, counterexample, witness
from theory.proof.reals import follows
from theory.proof.statement import Statement
from theory.proof.theorem import (
    KernelError,
    NotProved,
    Theorem,
)
from theory.proof.word_forms import equal_words
from theory.proof.words import Column, ColumnOf, Trace, inner, squared_norm

__all__ = [
    "FACTS",
    "Analytic",
    "AnalyticMinimum",
    "And",
    "BigO",
    "Column",
    "ColumnOf",
    "Countable",
    "Entrywise",
    "Exists",
    "FlowStable",
    "ForAll",
    "Gate",
    "PartialDerivatives",
    "GradientStep",
    "HasDerivative",
    "HessianRange",
    "Implies",
    "Iterate",
    "KernelError",
    "LayerCurvature",
    "LayerDerivatives",
    "LocalMinimum",
    "LyapunovStable",
    "Map",
    "NearestSemidefinite",
    "Nonsingular",
    "Not",
    "NotProved",
    "NullBasin",
    "Or",
    "Predicate",
    "Refutation",
    "SmoothField",
    "SmoothNear",
    "SpectralNorm",
    "SpectralRadius",
    "Statement",
    "Tends",
    "Theorem",
    "Trace",
    "Velocity",
    "Witness",
    "absurd",
    "along",
    "always_or_once",
    "assume",
    "ball",
    "by_meaning",
    "cite",
    "combine_words",
    "column",
    "conclude",
    "conjunction",
    "contracts",
    "counterexample",
    "cut",
    "decide",
    "define",
    "derivative",
    "discharge",
    "empty_product",
    "equal_words",
    "escapes",
    "evaluate",
    "exhibit",
    "follows",
    "forget_recursion",
    "forget_value",
    "generalize",
    "identity",
    "image_tends",
    "induction",
    "inner",
    "instance",
    "lands",
    "last_factor",
    "limit_is_fixed",
    "matches",
    "modulus_to_zero",
    "monotone_orbit",
    "no_two_cycles",
    "none_exists",
    "odd_modulus",
    "orbit_of",
    "part",
    "recursion",
    "rename_orbit",
    "repelled",
    "rewrite",
    "sign",
    "specialize",
    "squared_norm",
    "substitute",
    "sum_congruence",
    "transposed",
    "unique_limit",
    "weaken",
    "witness",
]
