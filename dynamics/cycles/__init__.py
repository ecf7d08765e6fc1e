"""Cycles that are proved: in exact arithmetic, or in balls that enclose the true values.

- `certified`: one cycle, from a float64 guess; `search`: all of them; `deflation`: one after the other, from random starts
- `_balls`, `_krawczyk`: enclosures; `_formulas`, `_elimination`: polynomials over the rationals
"""
