"""Is linGrad robust if the objective is measured instead of the states, or beside them? (section 3.3).

`dynamics.experiments.linear_range_objective` trains the networks of sections 4.1 and 4.2 with other measurements and stores the curves.
Here stand only the predicates; they, their tolerances and the sweeps were fixed before the stored numbers were read.

Algorithm 1 measures every sample (line 9) and averages over the minibatch (line 11), so the objective in place of the states means the
relative error of each sample's objective, averaged; that reading decides. The objective of the minibatch, one number for all of it, was run
too and is said beside it. (At first both had to show what the paper says. That asks too much of a paper whose algorithm names one of them;
the verdict is the same.) What is robust is judged by two numbers.

* **The price** of one epsilon* for all batch sizes: how much slower (mean distance, see `experiments`) than the best epsilon* of its own a
  batch size is with the epsilon* that serves all best. It is 0 if the best epsilon* does not change; of a sweep in steps of about 3, a
  smaller change is not seen.
* **Failure**: a run whose outputs are at the end no nearer to the test set's targets than one constant output. Logistic networks are
  bounded, so nothing grows beyond all bounds; steps that are too large saturate them. Steps that are too small fail as well: where the
  tangent of a sample's objective is near 0, its relative error is large, and the inferred step small. Such runs descend still.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theory.evidence import measures
from theory.linear_range.experiments import LINE, best, mean_distance

OBJECTIVE = "linear_range_objective.json"

Data = Mapping[str, Any]


def curves(data: Data, problem: str, measure: str) -> dict[str, dict[float, Data]]:
    """The histories by batch size and epsilon*, of one measurement: `states` is (13)."""
    own = {}
    for batch, settings in data["histories"][problem].items():
        words = {name: name.split(" ")[1:] for name in settings}
        tail = [] if measure == "states" else [measure]
        own[batch] = {float(word[0]): settings[name] for name, word in words.items() if word[1:] == tail}
    return own


def price(data: Data, measure: str) -> float:
    """By which share the slowest batch size falls behind its own best epsilon*, with the best common one; on the teacher problem.

    Raises:
        ValueError: a batch size is fastest at the end of the sweep, so that a faster epsilon* may have been missed.
    """
    speeds = [{value: mean_distance(h) for value, h in own.items()} for own in curves(data, "teacher", measure).values()]
    fastest = [best(found) for found in speeds]
    return min(max(found[value] / own - 1 for found, own in zip(speeds, fastest, strict=True)) for value in speeds[0])


def failed(data: Data, problem: str, measure: str) -> set[tuple[str, float]]:
    """The batch sizes and epsilon* with a run that ends no nearer to the targets than a constant output."""
    constant = data["constant"][problem]
    return {
        (batch, value)
        for batch, own in curves(data, problem, measure).items()
        for value, history in own.items()
        if any(run[-1] >= limit for run, limit in zip(history["distance"], constant, strict=True))
    }


def diverges_beyond_the_best(data: Data, problem: str, measure: str) -> bool:
    """Whether for some batch size a run fails with an epsilon* larger than the fastest one."""
    found = failed(data, problem, measure)
    for batch, own in curves(data, problem, measure).items():
        fastest = min(own, key=lambda value: mean_distance(own[value]))
        if any(b == batch and value > fastest for b, value in found):
            return True
    return False


def fragile(data: Data, measure: str) -> bool:
    """Whether the best epsilon* changes with the batch size, more than with (13), and larger ones diverge on both problems."""
    changes = price(data, measure) > max(LINE, price(data, "states"))
    return changes and all(diverges_beyond_the_best(data, problem, measure) for problem in data["histories"])


@measures(
    "ni-talnikar:text-objective-not-robust",
    results=OBJECTIVE,
    tolerance=(
        "with the objective of each sample, averaged as in lines 9 and 11 of Algorithm 1: on the teacher problem no epsilon* of the sweep "
        "is within 2 %, a line's width, of the best one for batch sizes 10 and 100 alike, and the best common one costs more than with "
        "(13); and on both problems a run fails (no nearer than a constant output) with an epsilon* larger than the best."
    ),
)
def objective_is_not_robust(data: Data) -> bool:
    """Three runs of each setting: 50 epochs on teacher data, as in figure 1, and 3 on MNIST, where only failure is asked for.

    Half of it is seen: larger epsilon* fail, from 3 on teacher data and 10 on MNIST; but so they do with (13), from 1 and 3. The best
    epsilon* of 0.3, 1, 3, ... is 1 for both batch sizes, and on MNIST too. With the objective of the minibatch both halves are seen: 0.3 is
    best with batch size 10 and 1 with 100, and one for both costs 42 %.
    """
    return fragile(data, "objective")


def _failures(data: Data, measure: str) -> int:
    """How many settings fail, of both problems and the epsilon* that all measurements share."""
    shared = {*curves(data, "teacher", "states")["10"]}
    return sum(value in shared for problem in data["histories"] for _, value in failed(data, problem, measure))


@measures(
    "ni-talnikar:text-objective-layer",
    results=OBJECTIVE,
    tolerance=(
        "with the objective as one more layer, no epsilon* is within 2 % of the best one for batch sizes 10 and 100 alike on the teacher "
        "problem, or more settings fail (no nearer than a constant output, by steps too large or too small) than with (13), of both "
        "problems and the same epsilon*; and with a cap of 1 on its relative error one of the two (the price of a common epsilon*, by 2 % "
        "or more; the number that fail) is lower, and neither is higher."
    ),
)
def cap_makes_the_objective_layer_robust(data: Data) -> bool:
    """The same runs; the paper prints no cap, and at a relative error of 1 a tangent predicts nothing.

    Without a cap 0.3 is best with batch size 10 and 1 with 100, and one for both costs 20 %. With it 0.3 is best for both, as with (13).
    Of 16 settings each, 4 fail without the cap, 3 with it, 5 with (13). That counts those which are only slow: without a cap 3 of the 4,
    with it 1 of the 3. Beyond their best epsilon* fail 1, 2 and 5: against steps that are too large the cap does not help.
    """
    plain, capped = ((price(data, m), _failures(data, m)) for m in ("layer", "capped-layer"))
    unsteady = plain[0] > LINE or plain[1] > _failures(data, "states")
    helps = capped[0] <= plain[0] - LINE or capped[1] < plain[1]
    return unsteady and helps and capped[0] <= plain[0] + LINE and capped[1] <= plain[1]
