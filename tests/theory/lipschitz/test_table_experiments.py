"""The predicates on Tables 1 and 2: made-up numbers for which each is true and false, and what the stored ones say."""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest

from theory.lipschitz import table_experiments
from theory.lipschitz.table_experiments import epochs_within, unit, within

CLAIMS = {
    "table_1_is_reproduced": "table-1",
    "table_2_is_reproduced": "table-2",
    "better_than_the_guess": "text-outperforms",
    "a_hundredfold_in_some": "text-100x",
    "no_rise": "text-no-oscillation",
    "california_falls": "figure-1",
}


@pytest.mark.parametrize(("printed", "expected"), [("9.316", 1000), ("5163.5", 10), ("17480000", 1), ("93.33", 100)])
def test_a_unit_of_the_last_digit(printed: str, expected: int) -> None:
    assert unit(printed) == Fraction(1, expected)


@pytest.mark.parametrize(
    ("printed", "span", "expected"),
    [
        ("4280.23", (4280.2277, 4280.2277), True),  # rounded
        ("4280.22", (4280.2277, 4280.2277), True),  # cut off
        ("4280.21", (4280.2277, 4280.2277), False),
        ("4280.24", (4280.2277, 4280.2277), False),
        ("0.5", (0.625, 0.75), False),  # a whole unit away: 0.5 + 0.1 < 0.625
        ("0.5", (0.25, 0.4375), True),
    ],
)
def test_within(printed: str, span: tuple[float, float], expected: bool) -> None:
    assert within(printed, span) is expected


@pytest.mark.parametrize(
    ("printed", "span", "expected"),
    [
        (5, (6, 8), True),
        (4, (6, 8), False),
        (9, (6, 8), True),
        (10, (6, 8), False),
        (10, (6, None), True),
        (4, (6, None), False),
        (5, (None, None), False),
    ],
)
def test_epochs_within(printed: int, span: tuple[int | None, int | None], expected: bool) -> None:
    assert epochs_within(printed, span) is expected


def all_true() -> dict[str, Any]:
    one = {"inverse": [2.0, 2.1], "epochs": {"0.1": [30, 50], "1/L": [3, 4]}}
    two = {"inverse": [2.0, 2.1], "accuracies": {"0.1": [90.0, 93.325], "1/L": [95.0, 97.775]}}
    wrong_one, wrong_two = {**one, "inverse": [3.0, 3.1]}, {**two, "inverse": [3.0, 3.1]}
    missing = {"printed": {"inverse": "1"}, "not_run": "because", "readings": []}
    return {
        "table_1": [
            {"printed": {"inverse": "2.05", "epochs": [40, 5]}, "not_run": None, "readings": [wrong_one, copy.deepcopy(one)]},
            missing,
        ],
        "table_2": [
            {"printed": {"inverse": "2.05", "accuracies": ["93.33", "97.78"]}, "not_run": None, "readings": [wrong_two, two]},
            missing,
        ],
        "races": [{"won": 39, "starts": 39, "least_ratio": ratio} for ratio in (101.0, 100.5, 3.0, None)],
        "oscillations": [{"rises": 0, "rises_of_500": 0}, {"rises": 0, "rises_of_500": 0}],
        "figure_1": {"losses": [[3.0, 2.0, 1.0], [4.0, 3.5, 3.4]]},
    }


FAILURES: list[tuple[str, tuple[Any, ...], Any]] = [
    ("table_1_is_reproduced", ("table_1", 0, "readings", 1, "inverse"), [2.07, 2.1]),
    ("table_1_is_reproduced", ("table_1", 0, "readings", 1, "epochs", "0.1"), [42, 50]),
    ("table_1_is_reproduced", ("table_1", 0, "readings", 1, "epochs", "1/L"), [None, None]),
    ("table_1_is_reproduced", ("table_1", 1, "not_run"), None),
    ("table_2_is_reproduced", ("table_2", 0, "readings", 1, "inverse"), [2.07, 2.1]),
    ("table_2_is_reproduced", ("table_2", 0, "readings", 1, "accuracies", "0.1"), [93.35, 95.0]),
    ("table_2_is_reproduced", ("table_2", 0, "readings", 1, "accuracies", "1/L"), [90.0, 97.76]),
    ("better_than_the_guess", ("races", 2, "won"), 38),
    ("a_hundredfold_in_some", ("races", 0, "least_ratio"), 100.0),
    ("a_hundredfold_in_some", ("races", 1, "least_ratio"), None),
    ("no_rise", ("oscillations", 1, "rises"), 1),
    ("no_rise", ("oscillations", 0, "rises_of_500"), 1),
    ("california_falls", ("figure_1", "losses", 1, 2), 3.5),
]


@pytest.mark.parametrize(("name", "where", "value"), FAILURES)
def test_each_predicate_can_fail(name: str, where: tuple[Any, ...], value: Any) -> None:
    data = all_true()
    assert getattr(table_experiments, name)(data)
    place: Any = data
    for key in where[:-1]:
        place = place[key]
    place[where[-1]] = value
    assert not getattr(table_experiments, name)(data)
