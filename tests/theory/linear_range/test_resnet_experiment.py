"""What is asked of the runs of section 4.3: made-up runs for which each answer is yes and no."""

import pytest

from theory.linear_range import resnet_experiment as asked
from theory.linear_range.resnet_experiment import EXACT, FINITE_DIFFERENCE


def run(level, star=None, step=1.0, batch=128, tangent=FINITE_DIFFERENCE, epochs=2, steps=(), diverged=None):
    """The mean over the first two epochs is the level; the start and later epochs do not count."""
    missed = [0.9, level * 1.1, level * 0.9, 9.0, 9.0][: epochs + 1]
    measured = [[[9.0, 9.0, step_size, 9.0]] for step_size in steps]
    return {
        "batch": batch,
        "epsilon_star": star,
        "step_size": step,
        "tangent": tangent,
        "diverged": diverged,
        "missed": missed,
        "loss": missed[1:],
        "measured": measured,
    }


def data(*, sgd=(0.6, 0.5, 0.6), stars=(0.7, 0.5, 0.5, 0.5, 0.7), batches=(0.5, 0.5), tangent=EXACT):
    runs = [run(level, step=step) for step, level in zip((0.1, 0.3, 1.0), sgd, strict=True)]
    runs += [run(level, star, tangent=tangent, epochs=4) for star, level in zip((0.1, 0.3, 0.6, 0.8, 2.0), stars, strict=True)]
    runs += [run(level, 0.6, batch=batch, tangent=tangent) for batch, level in zip((32, 512), batches, strict=True)]
    return {"runs": dict(enumerate(runs))}


CASES = [
    ("as_fast_as_fixed", data(), True),
    ("as_fast_as_fixed", data(stars=(0.7, 0.5, 0.5, 0.549, 0.7)), True),
    ("as_fast_as_fixed", data(stars=(0.7, 0.5, 0.5, 0.551, 0.7)), False),
    ("as_fast_as_fixed", data(stars=(0.7, 0.5, 0.551, 0.5, 0.7)), False),
    ("similar_across_batches", data(batches=(0.549, 0.5)), True),
    ("similar_across_batches", data(batches=(0.551, 0.5)), False),
    ("similar_across_batches", data(batches=(0.5, 0.45)), False),
    ("fastest_inside", data(), True),
    ("fastest_inside", data(stars=(0.7, 0.6, 0.6, 0.6, 0.5)), False),
    ("fastest_inside", data(stars=(0.5, 0.6, 0.6, 0.6, 0.7)), False),
]


@pytest.mark.parametrize(("question", "runs", "expected"), CASES)
@pytest.mark.claim("ni-talnikar:figure-4", "ni-talnikar:text-conclusion")
def test_each_question_has_both_answers(question, runs, expected):
    assert getattr(asked, question)(runs, EXACT) is expected


def test_runs_with_another_tangent_do_not_count():
    runs = data()["runs"] | {"other": run(0.1, 2.0)}
    assert asked.by_epsilon_star({"runs": runs}, FINITE_DIFFERENCE) == pytest.approx({2.0: 0.1})
    assert asked.fastest_inside({"runs": runs}, EXACT)


def test_a_run_that_diverged_is_the_slowest():
    runs = data()["runs"] | {"other": run(0.1, 2.0, tangent=EXACT, epochs=0, diverged=7)}
    assert asked.by_epsilon_star({"runs": runs}, EXACT)[2.0] == float("inf") and asked.common_epochs({"runs": runs}) == 2


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([9, 9, 1.0, 1.1, 0.5, 0.49], True),  # medians 1.05 and 0.495
        ([9, 9, 1.0, 1.1, 0.55, 0.53], False),  # what falls before the history of two is full does not count
        ([9, 9, 1.0, 1.0, 2.0, 2.0], False),
        ([0.1, 0.1, 1.0, 1.0, 9, 9, 9, 0.4, 0.4], True),
    ],
)
@pytest.mark.claim("ni-talnikar:text-auto-decay")
def test_decay_is_of_the_full_history(steps, expected):
    runs = {"runs": {0: run(0.5, 0.6, steps=steps), 1: run(0.5, 0.6, steps=[1.0] * 6, tangent=EXACT)}}
    assert asked.decays(runs, FINITE_DIFFERENCE, history=2) is expected and not asked.decays(runs, EXACT, history=2)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        (lambda: asked.mean_missed(run(0.5), 3), "2 epochs were run: expected 3"),
        (lambda: asked.mean_missed(run(0.5), 0), "expected 0 of them, at least one"),
        (lambda: asked.as_fast_as_fixed(data(sgd=(0.5, 0.6, 0.7)), EXACT), "the end of the sweep: run more values"),
        (lambda: asked.similar_across_batches({"runs": {0: run(0.5, 0.6)}}, FINITE_DIFFERENCE), "expected two or more to compare"),
        (lambda: asked.fastest_inside({"runs": {0: run(0.5, 0.6)}}, FINITE_DIFFERENCE), "expected some below 0.3 and some above 1.0"),
        (lambda: asked.decay(run(0.5, 0.6, steps=[1.0] * 5), 2), "5 measurements: expected 6"),
    ],
)
def test_what_cannot_be_answered_is_refused(question, words):
    with pytest.raises(ValueError, match=words):
        question()
