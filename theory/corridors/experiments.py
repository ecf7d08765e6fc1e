"""The experiments of section 4.2 and appendix B, run anew as far as a CPU carries them: the corridor learning rate (CLR) in training.

`dynamics.corridor_experiments` and `dynamics.corridor_flow` train the networks and store what they measured. Here stand only the
predicates; they and their tolerances were fixed before the stored numbers were read. Seen before were only trials of the scripts, of two
epochs or three steps on a few hundred images; in one of them VGG-16 without norms blew up with the CLR.

What is judged is what the paper says of the CLR in general: warm-up and decay, stable training and quick convergence. The cases are three
seeds each of a perceptron and a conv net on all of MNIST, and of a ResNet-18 and two VGG-16 of an eighth of the width on 1024 images of
CIFAR-10. Networks too small to fit their data (``linear``) are not judged: the least loss is not 0 there, as the rate assumes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from theory.evidence import measures

TRAINING, FLOW = "corridors_training.json", "corridors_flow.json"
TWICE = 2.0  # a rise or a fall that is seen on a linear axis at first glance
HALF = 0.5  # of the first loss: less is progress, though not yet convergence
TENTH = 0.1  # of the way: a difference that no reader of a figure would act on
NARROW = "resnet18, width 8"  # of 64 in the paper
PLAIN = "vgg16-plain, width 8"
JUDGED = ("mlp", "cnn", NARROW, "vgg16, width 8")

Data = Mapping[str, Any]


def main_batch(report: Data) -> str:
    """The batch size with which all settings were run, the first."""
    return next(iter(report["histories"]))


def corridor_runs(data: Data, networks: Sequence[str]) -> Iterator[tuple[str, str, int, Data]]:
    """Network, batch size, number and history of every run with the printed rate, in the order of the file.

    Raises:
        ValueError: A network is missing.
    """
    if missing := [name for name in networks if name not in data["networks"]]:
        raise ValueError(f"not run: {'; '.join(missing)}; expected {'; '.join(networks)}")
    for name in networks:
        for batch, settings in data["networks"][name]["histories"].items():
            for number in range(len(settings["CLR"]["start"])):
                yield name, batch, number, {key: values[number] for key, values in settings["CLR"].items()}


def rises_and_falls(run: Data) -> tuple[bool, bool]:
    """Whether the step size doubles at least from the first step to its highest, and then halves at least by the end."""
    highest = max(run["step_size"])
    return highest >= TWICE * run["first"][0], run["step_size"][-1] * TWICE <= highest


@measures(
    "dherin-rosca:text-warmup",
    results=TRAINING,
    tolerance=(
        "with the first batch size, for each of four networks (perceptron and conv net on all of MNIST, ResNet-18 and VGG-16 with batch "
        "norm and an eighth of the width on 1024 images of CIFAR-10), in at least two of three runs: the highest median of the step size "
        "over a fiftieth of the run is at least twice the first step size (warm-up), and the last median at most half the highest (decay)."
    ),
)
def warms_up_and_decays(data: Data) -> bool:
    """The printed rate without a limit; what its values do does not depend on the paper's size, but the length of the runs is shorter."""
    found: dict[str, list[bool]] = {}
    for name, batch, _, run in corridor_runs(data, JUDGED):
        if batch == main_batch(data["networks"][name]):
            found.setdefault(name, []).append(all(rises_and_falls(run)))
    return all(sum(own) >= 2 for own in found.values())


def is_stable(run: Data) -> bool:
    """Whether the run went on to its end, and after the first epoch no epoch's mean loss was above the first loss."""
    return run["diverged"] is None and all(loss <= run["start"] for loss in run["loss"][1:])


def converges(run: Data) -> bool:
    """Whether the mean loss of the last epoch is below half the first loss."""
    return bool(run["loss"]) and run["loss"][-1] < HALF * run["start"]


@measures(
    "dherin-rosca:text-stable",
    results=TRAINING,
    tolerance=(
        "in every run with the printed rate, of five networks (perceptron and conv net on all of MNIST, ResNet-18, VGG-16 with batch norm "
        "and VGG-16 as published without norms, of an eighth of the width, on 1024 images of CIFAR-10), with every batch size: the run "
        "goes on to its end, no epoch's mean training loss after the first epoch is above the loss at the start, and that of the last is "
        "below half of it. One ordinary network for which this fails refutes 'in all cases'."
    ),
)
def is_stable_in_all_cases(data: Data) -> bool:
    """'Quick' is judged leniently, since the runs are short: half the first loss at the end of 4 to 30 epochs."""
    return all(is_stable(run) and converges(run) for *_, run in corridor_runs(data, (*JUDGED, PLAIN)))


def early(run: Data) -> int:
    """How many steps there are until the loss has halved.

    Raises:
        ValueError: it never did.
    """
    for step, loss in enumerate(run["loss"]):
        if loss <= HALF * run["loss"][0]:
            return step
    raise ValueError(f"the loss falls from {run['loss'][0]} to {run['loss'][-1]} only: run more steps")


@measures(
    "dherin-rosca:text-gf-follows-gd",
    results=FLOW,
    tolerance=(
        "a tanh network 784-32-10 on 500 images of MNIST, full batch, cross-entropy, three seeds, step sizes of a tenth and of half the "
        "largest stable one at the start, 2/sharpness: at every step until the loss has halved, gradient descent is at most a tenth of the "
        "flow's way from the start away from the flow at the same time, errors of the flow included."
    ),
)
def flow_is_followed(data: Data) -> bool:
    """'Early' is until the loss has halved; a step size of half the largest stable one is an ordinary one that converges."""
    return all(
        run["distance"][step] + run["error"][step] <= TENTH * run["travelled"][step]
        for run in data["runs"]
        for step in range(1, early(run) + 1)
    )
