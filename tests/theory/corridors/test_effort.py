"""Counts of terms and products, against SymPy's own expansion."""

from sympy import expand, symbols

from theory.corridors.effort import size

x, y, z = symbols("x y z", real=True)

FORMULAS = (
    x + 1,
    (x + y) ** 7,
    (x + y + 1) ** 5 * (x - z) ** 2,
    ((x + 1) ** 3 + (y - 2) ** 4) ** 3,
    x * (y + z) * 3,
    (1 + 1 / x) ** 4,
    x * y - (x + 1) * (y + 1),
)


def test_no_fewer_terms_than_there_are() -> None:
    for formula in FORMULAS:
        assert size(formula).terms >= len(expand(formula).as_ordered_terms())
    assert size((x + y + z) ** 4).terms == len(expand((x + y + z) ** 4).as_ordered_terms())  # as many as there are
    assert size((x + 1) ** 50 * (x - 1) ** 50).terms == 101  # by the degree: the products have 51^2


def test_work_is_counted_before_it_is_done() -> None:
    assert size((x + 1) * (y + 1) * (z + 1)).work == 2 * 2 + 4 * 2
    assert size(5 * x * y).work == 0
    assert size((x + y + z + 1) ** 10**6).work > 10**17
