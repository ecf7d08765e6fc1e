"""The setting of the experiment, and what it adds up to. (section 3).

A grid of the resolution 0.006 has 167 steps in [-1/2, 1/2], whether it begins at -1/2 or is centred at 0; begun at -0.495 it has 166. Begun
at -1/2 it misses the origin: its nearest steps are -0.002 and 0.004. On 10000 lines that is 1.67 million epochs. The 52 million inferences
are passes of mini-batches of 128, 31.25 to an epoch of 4000 images; of single images there are 6.68 thousand million.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from sympy import Abs, Eq, Integer, Rational

from theory.evidence import at, extends, implements, mutant, proves, undecided
from theory.line_search.symbols import batch, first, h, images, lam, lines, points
from theory.proof import And, Or, Statement, Theorem, conclude, evaluate, follows
from theory.values import shown, whole


@implements("mutschler-zell:text-setup")
@dataclass(frozen=True)
class Setup:
    """How the paper trains, and measures lines: section 3's numbers, and what follows from them.

    Attributes:
        learning_rate: lambda of SGD.
        momenta: the two values of beta.
        steps: how many update steps, and so lines, a run has.
        batch_size: images in a mini-batch.
        images: 8 % of CIFAR-10's 50000 training images.
        resolution: the distance of two steps on a line.
        half_width: each line is measured in [-half_width, half_width].
        augmentation: what is done to the images.
        weeks: how long one run may take, each less than this.
        network: what is trained.

    Raises:
        ValueError: for counts that are no positive integers, or a resolution or half width that is not positive.

    Source:
        Mutschler & Zell (2021), section 3.

    Example:
        >>> Setup().line_steps, Setup().epochs, Setup().sample_losses
        (167, Fraction(320, 1), 6680000000)
    """

    learning_rate: Fraction = Fraction(1, 10)
    momenta: tuple[Fraction, ...] = (Fraction(0), Fraction(9, 10))
    steps: int = 10_000
    batch_size: int = 128
    images: int = 4_000
    resolution: Fraction = Fraction(6, 1000)
    half_width: Fraction = Fraction(1, 2)
    augmentation: tuple[str, ...] = ("crop", "horizontal flip", "normalise by mean and standard deviation")
    weeks: int = 3
    network: str = "ResNet-20"

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "images", "weeks"):
            if not whole(getattr(self, name), 1):
                raise ValueError(f"{name} is {shown(getattr(self, name))}: expected a positive integer")
        for name in ("resolution", "half_width"):
            value = getattr(self, name)
            if not isinstance(value, int | Fraction) or value <= 0:
                raise ValueError(f"{name} is {shown(value)}: expected a positive int or Fraction")

    @property
    def grid(self) -> tuple[Fraction, ...]:
        """The steps on a line, from -half_width on."""
        return tuple(-self.half_width + k * self.resolution for k in range(int(2 * self.half_width / self.resolution) + 1))

    @property
    def line_steps(self) -> int:
        """How many steps are looked at on a line: 167."""
        return len(self.grid)

    @property
    def epochs(self) -> Fraction:
        """How often a run sees each image while it trains: 320 times."""
        return Fraction(self.steps * self.batch_size, self.images)

    @property
    def measured_epochs(self) -> int:
        """How often each image is looked at for the lines: 1.67 million times."""
        return self.steps * self.line_steps

    @property
    def batch_passes(self) -> int:
        """How many mini-batches that is, the last of each epoch incomplete: 53.44 million."""
        return self.measured_epochs * ceil(Fraction(self.images, self.batch_size))

    @property
    def sample_losses(self) -> int:
        """How many images that is: 6.68 thousand million."""
        return self.measured_epochs * self.images

    @property
    def losses_a_second(self) -> Fraction:
        """How many of them a second it takes to end in time: 3682."""
        return Fraction(self.sample_losses, self.weeks * 7 * 24 * 3600)


# 167 steps

HALF = Rational(1, 2)
COUNTS = (first >= -HALF, first + (points - 1) * h <= HALF, first + points * h > HALF)
steps = Statement(
    (Eq(h, Rational(6, 1000)), Or(Eq(first, -HALF), Eq(first, -83 * h)), *COUNTS),
    And(points > 166, points < 168),
    source="mutschler-zell:text-167",
)
BEGUN = {h: Rational(6, 1000), first: -HALF, points: 167}


@proves(
    steps,
    witness=at(BEGUN),
    mutants=[
        mutant(steps.drop(steps.given[1]), {**BEGUN, first: -Rational(495, 1000), points: 166}, "wherever it begins"),
        mutant(steps.drop(steps.given[0]), {**BEGUN, h: Rational(1, 200), points: 201}, "another resolution"),
        mutant(steps.with_then(And(points > 165, points < 167)), BEGUN, "1/0.006 rounded down"),
    ],
)
def steps_on_a_line() -> Theorem:
    """0.996 <= 1 < 1.002, and in the centre 0.498 <= 0.5 < 0.504."""
    return conclude(follows(steps.then, *steps.given, because="1/0.006 = 166.7"), steps)


# 52 million

GIVEN = (Eq(lines, 10_000), Eq(points, 167), Eq(images, Rational(8, 100) * 50_000), Eq(batch, 128))
MILLION = Integer(10) ** 6
cost = Statement(
    GIVEN,
    And(Eq(lines * points, Rational("1.67") * MILLION), lines * points * images / batch > 52 * MILLION),
    source="mutschler-zell:text-52m",
)
RUN = {lines: 10_000, points: 167, images: 4_000, batch: 128}


@proves(
    cost,
    witness=at(RUN),
    mutants=[
        mutant(cost.with_then(lines * points * (images / batch - Rational(1, 4)) > 52 * MILLION), RUN, "the incomplete batches left out"),
        mutant(cost.with_then(lines * points * images / batch > 53 * MILLION), RUN, "53 million"),
        mutant(cost.drop(GIVEN[3]), {**RUN, batch: 256}, "any batch size"),
    ],
)
def passes_and_epochs() -> Theorem:
    """1.67 million times 31.25."""
    return conclude(follows(cost.then, *GIVEN, because="the numbers put in"), cost)


one_by_one = Statement(GIVEN, Eq(lines * points * images, 6680 * MILLION))


@extends(
    "mutschler-zell:text-52m",
    one_by_one,
    witness=at(RUN),
    mutants=[
        mutant(one_by_one.with_then(lines * points * images < 53 * MILLION), RUN, "52 million images"),
        mutant(one_by_one.drop(GIVEN[2]), {**RUN, images: 50_000}, "all of CIFAR-10"),
    ],
)
def images_one_by_one() -> Theorem:
    """128 times as many."""
    return conclude(follows(one_by_one.then, *GIVEN, because="the numbers put in"), one_by_one)


# The grid of learning rates

TENTH, TWENTIETH = Rational(1, 10), Rational(10) ** -Rational(13, 10)
GRID = (Integer(1), TENTH, TWENTIETH, *(Rational(1, 10**i) for i in (2, 3, 4)))
rates = Statement(
    (Or(*(Eq(lam, rate) for rate in GRID)),),
    And(Or(lam <= TENTH, lam >= 1), Or(lam <= Rational(1, 100), Abs(lam - Rational(1, 20)) <= Rational(12, 100_000), lam >= TENTH)),
)


@extends(
    "mutschler-zell:text-grid",
    rates,
    witness=at({lam: TENTH}),
    mutants=[
        mutant(rates.with_then(Or(lam <= TENTH, lam >= 10)), {lam: 1}, "10 for 1"),
        mutant(rates.with_then(Or(lam < TENTH, lam >= 1)), {lam: TENTH}, "without 0.1"),
    ],
)
def gaps_of_the_grid() -> Theorem:
    """10^-1.3 is 0.05012."""
    near = evaluate(And(TWENTIETH - Rational(1, 20) >= 0, TWENTIETH - Rational(1, 20) <= Rational(12, 100_000)))
    return conclude(follows(rates.then, *rates.given, using=(near,), because="none of the six is in between"), rates)


undecided(
    "mutschler-zell:text-grid",
    "not run: it takes six trainings of ResNet-20 for 10000 steps each, and the paper does not say by what the best is chosen. The grid "
    "has no rate between 0.1 and 1 and none between 0.01 and 10^-1.3 = 0.0501, so the best of it may be far from the best there is. The "
    "caption of figure 10 calls 0.01 the globally optimal rate, against this footnote.",
)
