"""What is asked of the runs of section 4.3: made-up runs for which each answer is yes and no, and what is said of the stored ones."""

import json
from statistics import median

import pytest

from theory.evidence import RECORDS, RESULTS
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


def stored(name):
    return json.loads((RESULTS / f"linear_range_resnet_{name}.json").read_text())["runs"]


def said_of(claim):
    (remark,) = RECORDS.remarks[claim]
    assert remark.kind == "open"
    return remark.text


@pytest.mark.claim("ni-talnikar:figure-4")
def test_the_shares_that_are_told_are_those_of_the_runs():
    runs = {"runs": stored("narrow")}
    told, fixed, exact = said_of("ni-talnikar:figure-4"), asked.by_step_size(runs), asked.by_epsilon_star(runs, EXACT)
    assert asked.common_epochs(runs) == 2 and list(fixed) == [0.03, 0.1, 0.3, 1.0]
    assert f"0.03, 0.1, 0.3, 1: {', '.join(f'{value:.3f}' for value in fixed.values())}; " in told
    found = asked.by_epsilon_star(runs, FINITE_DIFFERENCE)[0.6]
    assert f"epsilon* = 0.6: {found:.3f} with the finite difference; " in told
    assert f"epsilon* = 0.3, 0.6, 0.8: {', '.join(f'{exact[star]:.3f}' for star in (0.3, 0.6, 0.8))}. " in told
    slower = [round(100 * (value / min(fixed.values()) - 1)) for value in (found, *exact.values())]
    assert f"missed {min(slower)} to {max(slower)} % more than the best" in told
    assert not asked.as_fast_as_fixed(runs, EXACT)


@pytest.mark.claim("ni-talnikar:text-auto-decay")
def test_the_step_sizes_that_are_told_are_those_of_the_runs():
    told, runs, steps = said_of("ni-talnikar:text-auto-decay"), stored("narrow"), {}
    for tangent, words in ((FINITE_DIFFERENCE, "the finite difference"), (EXACT, "the exact tangent")):
        own = next(run for run in runs.values() if run["epsilon_star"] == 0.6 and run["tangent"] == tangent)
        steps[tangent] = asked.step_sizes(own)[50:]
        assert f"{asked.decay(own, 50):.2f} with {words} ({median(steps[tangent][-50:]):.2f} at the end)" in told
        assert not asked.decays({"runs": runs}, tangent)
        if tangent == FINITE_DIFFERENCE:
            assert f"off by {min(own['tangent_error']):.2f} to {max(own['tangent_error']):.2f} of the tangent" in told
    factors = [median(steps[EXACT][part]) / median(steps[FINITE_DIFFERENCE][part]) for part in (slice(50), slice(-50, None))]
    assert [f"{factor:.1f}" for factor in factors] == ["2.6", "3.7"]  # as the module says


@pytest.mark.claim("ni-talnikar:text-auto-decay", "ni-talnikar:text-fd-tangent")
def test_on_the_resnet_18_rounding_makes_the_step_size_fall():
    """From the same start, with the same minibatches: the exact tangent says that the third step is well within the range."""
    difference, small, exact = stored("glimpse").values()
    assert (difference["step_size"], small["step_size"], exact["tangent"]) == (1.0, 0.01, EXACT)
    last, near, right = (run["measured"][0][-1] for run in (difference, small, exact))
    assert [round(v, 2) for v in last[:3]] == [0.42, 1.0, 0.25] and round(difference["tangent_error"][0], 1) == 3.5
    assert [round(v, 2) for v in right[:3]] == [0.37, 0.2, 0.37]
    assert round(near[2], 3) == 0.011 and near[2] == small["measured"][0][0][2]
