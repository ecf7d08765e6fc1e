"""Where orbits end, and what they never leave.

- `grids`, `fractions`: basins as float64 orbits show them, on a grid and by sampling
- `certified`: a box that is proved to lie in a basin
- `invariant_intervals`, `absorbing_intervals`: intervals that a map of one variable takes into themselves, proved
"""
