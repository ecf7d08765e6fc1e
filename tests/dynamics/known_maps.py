"""Maps whose long-run behaviour is known in closed form or to many digits, for the tables of diagrams and exponents."""

import math

import sympy as sp
from sympy import Rational

x, y, r, a, b = sp.symbols("x y r a b")
LOGISTIC = r * x * (1 - x)
TENT = r * sp.Min(x, 1 - x)
DOUBLING = sp.Piecewise((2 * x, x < Rational(1, 2)), (2 * x - 1, True))
HENON = (1 - a * x**2 + y, b * x)
NEWTON = (x - 1 / x) / 2  # Newton's method for x^2 + 1: the angle doubles
DOUBLE_WELL = x**4 / 4 - x**2 / 2
F2 = (x**2 + 1) * (x - 1) ** 2 * (x - 2) ** 2

# The accumulation point of the period doublings of the logistic map (Feigenbaum 1978; OEIS A098587), and his constant (A006890).
ACCUMULATION = 3.5699456718709449
FEIGENBAUM = 4.669201609102990
# Exponents of the Henon map at a = 1.4, b = 0.3 (Sprott 2003, Chaos and Time-Series Analysis); their sum is ln b exactly.
HENON_EXPONENT = 0.41922
LN2 = math.log(2)


def least_squares(X, y):
    """The loss |X w - y|^2/(2 m) and its gradient X^T (X w - y)/m, m the number of samples, as a function of w."""

    def loss_and_gradient(w):
        residual = X @ w - y
        return float(residual @ residual) / (2 * len(y)), X.T @ residual / len(y)

    return loss_and_gradient
