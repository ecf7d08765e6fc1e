"""What the orbits of a map do, followed in float64.

- `outcomes`: the five things that an orbit can have done; `classify`: which of them it did, and how that is judged
- `diagrams`: orbits over a parameter; `lyapunov`: how fast nearby orbits part
- `threshold_epochs`: how long until the loss is below a threshold
"""
