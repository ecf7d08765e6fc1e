"""How many parameters the network of Table 4 has, layer by layer, and which of them make 730K. (section 7.3.1).

A 3 x 3 convolution from a to b channels has 9 a b weights and b biases, a linear layer a b and b, a batch normalisation of h units a gain
and a shift each, so 2 h that are trained, and 2 h running statistics that are not. Two convolutions without padding take 4 from the side
of the image, two poolings of 2 x 2 quarter the rest: 28 gives 6, and 6^2 * 128 = 4608 activations are flattened.

That makes 730,346 parameters, which is 730K to the thousand. Keras, which the authors used, also counts the running statistics in its
total, 730,602: that would be 731K.
"""

from sympy import Abs, Eq, Expr, Integer

from theory.evidence import at, extends, mutant, proves
from theory.lipschitz.symbols import c_1, c_2, c_3, hidden, k, side
from theory.proof import Statement, Theorem, conclude, follows

HALF_A_THOUSAND = 500  # "730K" is rounded to the thousand
GIVEN = (Eq(side, 28), Eq(c_1, 32), Eq(c_2, 64), Eq(c_3, 128), Eq(hidden, 128), Eq(k, 10))
PRINTED = {side: 28, c_1: 32, c_2: 64, c_3: 128, hidden: 128, k: 10}


def convolution(inputs: Expr | int, outputs: Expr | int) -> Expr:
    """9 a b + b: a 3 x 3 convolution from a to b channels, with biases."""
    return Integer(9) * inputs * outputs + outputs


def linear(inputs: Expr | int, outputs: Expr | int) -> Expr:
    """(a + 1) b: a linear layer, with biases."""
    return Integer(1) * inputs * outputs + outputs


def parameter_count(left: Expr | int) -> Expr:
    """All that is trained, where the image's side is `left` when it is flattened; with the letters of Table 4.

    Args:
        left: (n_0 - 4)/4 as printed.

    Returns:
        The number as an expression in c_1, c_2, c_3, n_1 and k.

    Source:
        Yedida & Saha (2021), Table 4.

    Example:
        >>> parameter_count(6).subs(PRINTED)
        730346
    """
    convolutions = convolution(1, c_1) + convolution(c_1, c_1) + convolution(c_1, c_2) + convolution(c_2, c_2) + convolution(c_2, c_3)
    return convolutions + linear(left**2 * c_3, hidden) + 2 * hidden + linear(hidden, k)


TABLE_4 = parameter_count((side - 4) / 4)
running_statistics = 2 * hidden


def about_730_thousand(count: Expr) -> Expr:
    """730K, to the thousand."""
    return Abs(count - 730_000) <= HALF_A_THOUSAND


table_4 = Statement(GIVEN, about_730_thousand(TABLE_4), source="yedida-saha:table-4")
exactly = Statement(GIVEN, Eq(TABLE_4, 730_346))
in_keras = Statement(GIVEN, Eq(TABLE_4 + running_statistics, 730_602))


@proves(
    table_4,
    witness=at(PRINTED),
    mutants=[
        mutant(table_4.with_then(about_730_thousand(TABLE_4 + running_statistics)), PRINTED, "with the running statistics"),
        mutant(table_4.with_then(about_730_thousand(parameter_count(side / 4))), PRINTED, "padding in every convolution"),
        mutant(table_4.with_then(about_730_thousand(parameter_count((side - 4) / 8))), PRINTED, "a third pooling"),
        mutant(table_4.drop(Eq(side, 28)), {**PRINTED, side: 32}, "images of another size"),
    ],
)
def the_count_of_table_4() -> Theorem:
    """Put in."""
    return conclude(follows(table_4.then, *table_4.given, because="the numbers put in"), table_4)


@extends(
    "yedida-saha:table-4",
    exactly,
    witness=at(PRINTED),
    mutants=[
        mutant(exactly.with_then(Eq(parameter_count(side / 4), 730_346)), PRINTED, "padding in every convolution"),
        mutant(exactly.with_then(Eq(TABLE_4 - 2 * hidden, 730_346)), PRINTED, "without the batch normalisation"),
    ],
)
def the_exact_count() -> Theorem:
    """Put in."""
    return conclude(follows(exactly.then, *exactly.given, because="the numbers put in"), exactly)


@extends(
    "yedida-saha:table-4",
    in_keras,
    witness=at(PRINTED),
    mutants=[
        mutant(in_keras.with_then(Eq(TABLE_4, 730_602)), PRINTED, "only what is trained"),
        mutant(in_keras.drop(Eq(k, 10)), {**PRINTED, k: 2}, "other classes"),
    ],
)
def the_total_in_keras() -> Theorem:
    """Put in."""
    return conclude(follows(in_keras.then, *in_keras.given, because="the numbers put in"), in_keras)
