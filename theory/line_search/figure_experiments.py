"""The figures of ResNet-20, ResNet-18 and MobileNetV2: what ran instead, and what a run at the paper's size takes.

`NARROW` are ten lines of the first 800 steps of a ResNet-20 of half the width, on the same share of CIFAR-10, without augmentation, 15
points a line. That is no figure; the numbers are told, and each figure stays open, as does what the text says of the rates and batch sizes
that are good for ResNet-20. `python -m dynamics.experiments.line_search_runs paper --device cuda` measures the lines of the figures.
"""

from theory.evidence import undecided

NARROW = "line_search_resnet20_narrow.json"
SAMPLE_LOSSES = 10_000 * 167 * 4000  # of one run in the paper

SIZE = (
    "not run at the paper's size: on one CPU core 1,282 losses of a sample are evaluated a second at half the width, so the 6,680 million "
    "of 10,000 lines are 60 days, and with the full width four times as long (python -m dynamics.experiments.line_search_runs paper "
    "--device cuda is the run that is missing)"
)
TEN = "ten lines of the first 800 steps of a ResNet-20 of half the width, step size 0.1, no momentum, no augmentation"
FIGURES = {
    "figure-1": (
        f"{SIZE}. What a reduced run showed: {TEN}: the median loss of a minibatch falls from 1.96 in the first 25th to 0.43 in the last. "
        "Test accuracy and the run with momentum were not measured"
    ),
    "figure-2": (
        f"{SIZE}. What reduced runs showed: on all of {TEN}, the direction-defining batch is steeper than the full batch and than every "
        "other minibatch, and its loss is below the others' lower quartile at 80 to 100 % of the points s > 0. demos/line_search_lines.py "
        "draws the picture for a small network"
    ),
    "text-simple": (
        f"{SIZE}; 'simple' and 'substantially' are not numbers. What reduced runs showed: on {TEN}, the parabola errs by 0.0008 to 0.0076 "
        "on average, a straight line by 0.032 to 0.073"
    ),
    "figure-3": (
        f"{SIZE}. What reduced runs showed: the shapes of {TEN}, have distances of 0.0037 to 0.20. On a perceptron on MNIST those of all "
        "lines after the first ten have the median 0.0064 without momentum and 0.028 with it, in the paper's windows, and the largest are "
        "0.063 and 0.17; those of the first ten lines are no larger than the later ones"
    ),
    "figure-4": (
        f"{SIZE}. What reduced runs showed: on {TEN}, the parabola errs by 0.0008 to 0.0076 on average, a straight line by 0.032 to 0.073; "
        "see also text-abs-core1. On a perceptron on MNIST the curvature rises until step 400, then falls by a quarter; the slope falls to "
        "a tenth"
    ),
    "figure-5": (
        f"{SIZE}; the figure shows five pictures and no number. What reduced runs showed: see figure-6. demos/line_search_lines.py draws "
        "the steps of the strategies on measured lines"
    ),
    "figure-6": (
        f"{SIZE}. What reduced runs showed: on {TEN}, s_opt/|g| is 0.046 to 0.061 from step 100 on and 0.083 to 0.12 on the first three "
        "lines; of the best improvement SGD with 0.1 gains 59 %, with 0.05 90 %, PAL 92 %, FBPAL 99 % and exact searches on the batch 87 "
        "%. The best constant rate on these lines is 0.059, and 0.055 in the second half, where half of the run's rate is 0.05"
    ),
    "text-no-walls": (
        "that no boundary was seen says neither what a boundary would be nor how far one looked beyond s = 0.5. What reduced runs showed: "
        f"on {TEN}, from s = -0.2 to 0.2 the loss is a parabola up to 0.0008 to 0.0076, so it rises on both sides of its minimum, but with "
        "a constant curvature"
    ),
    "figure-7": (
        f"{SIZE}. What reduced runs showed: on {TEN}, the slope's ratio to batch size 128 is 2.5 to 3.2 for 32, 1.8 to 2.1 for 64, 0.63 to "
        "0.85 for 256, and 0.29 to 0.71 for 2048, where the inverse factors are 4, 2, 0.5 and 0.0625. The caption's 'gradient norm' is not "
        "what was measured: fresh batches of 256 have 0.73 to 0.96 of the norm, of 2048 0.56 to 0.87 (see algorithm-resize, text-abs-core3)"
    ),
    "figure-8": (
        "not run: the experiment measures lines of several minibatches from one point, but none of the stored runs has any. "
        f"{SIZE.removeprefix('not run ').capitalize()}"
    ),
    "figure-9": (
        f"{SIZE}, and the ten lines that ran are without momentum. On a perceptron on MNIST (see text-mom-5) s_opt/|g| varies by 0.64 to "
        "3.0 of its mean in the fifths of a run with momentum 0.9, and by 0.63 to 1.1 without"
    ),
    "figure-10": (
        "not run: a training with 0.05 and one with the caption's 0.01, and the text's 0.1, of 10,000 steps each. The caption "
        "contradicts the text, where 0.1 is globally best and 0.05 is compared with it: see text-global, text-grid"
    ),
}
NUMBERS = {
    "text-sgd005": (
        f"{SIZE}. What reduced runs showed: on {TEN}, 0.05 |g| gains 90 % of the best improvement, 99 % in the second half, FBPAL 99 % and "
        "97 %. On the lines of a perceptron on MNIST it is 15 % and 66 %, FBPAL 88 % and 99 %. That 0.05 fits is due to the run's own 0.1: "
        "in the second half of the perceptron's runs with 0.05, 0.1 and 0.2 the best constant rate is 0.030, 0.053 and 0.100, as the "
        "balance below says"
    ),
    "text-overshoot": (
        f"{SIZE}. What reduced runs showed: on {TEN}, the run's own step is beyond the minimum on nine lines, and 1.6 to 2.2 times as long "
        "as the best from step 100 on; on the lines of a perceptron on MNIST on 76 % of them. By the balance of the run (see text-sgd005) "
        "it is twice the best on average for any rate, once the loss has stopped falling: so it is no sign of walls, nor of the best rate"
    ),
    "text-global": (
        "not run: trainings of ResNet-20 with 0.05 and with 0.1. What other runs showed: a perceptron on MNIST ends, after 2000 steps, at "
        "the loss 0.35 with 0.05, 0.28 with 0.1 and 0.21 with 0.2, though in the second half of the run with 0.1 steps 0.05 |g| gain 66 % "
        "of the best improvement and its own 15 %. By the balance of the run (see text-sgd005) half of the rate is best on the lines for "
        "every rate, so what is best on them says nothing of which rate to train with"
    ),
    "text-smallbs": (
        f"{SIZE}. What reduced runs showed: on {TEN}, PAL gains 81 % of the best improvement with batches of 32 and 83 % with 64, and SGD "
        "leaves the grid on ten and seven of the lines; on the lines of a perceptron on MNIST PAL loses more than SGD. That is a matter of "
        "the rate: with batches of 128 SGD's step is 0.98 to 3.1 times PAL's on the ten lines and, by the median, 0.21 times on the "
        "perceptron's. Where the curvature along all lines is the same, a step longer than PAL's does worse with any batch size, and a "
        "shorter one better once most of the gradient is noise"
    ),
    "text-512": (
        f"{SIZE}. What reduced runs showed: on {TEN}, batches of 512 gain 95 % of the best improvement with SGD's step and 97 % with PAL, "
        "batches of 128 59 % and 92 %; on the lines of a perceptron on MNIST SGD gains 17 %, and PAL loses. All on lines that 128 samples "
        "chose (see algorithm-resize)"
    ),
}
for figure, tried in (FIGURES | NUMBERS).items():
    undecided(f"mutschler-zell:{figure}", tried)

APPENDIX = {
    **dict.fromkeys((11, 13, 15, 17, 19), "a ResNet-18 has fourteen times the multiplications of a ResNet-20"),
    **dict.fromkeys((12, 14, 16, 18, 20), "a MobileNetV2 is a network of the same kind, but larger than ResNet-20"),
}
for number, reason in APPENDIX.items():
    undecided(
        f"mutschler-zell:figure-{number}",
        f"not run: {reason}, and ten lines of that at half the width took eight minutes; the command has neither network. The same "
        "quantities of a ResNet-20 are told at figures 3, 4, 6, 7 and 9.",
    )
