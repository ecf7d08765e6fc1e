"""Exact parameter values at which one-variable polynomial maps change what they do.

- `values`: where a cycle is born, or gains or loses its stability
- `crises`: where the orbit of a turning point lands on an unstable cycle

The picture over a range of parameters is `dynamics.bifurcation_diagram`.
"""
