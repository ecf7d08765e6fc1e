"""Update rules as discrete maps: from formulas, exact and in float64, and compiled.

- `symbolic_map`: any map that SymPy expressions give
- `gradient_map`: gradient descent; `gradient_methods`: its relatives, with momentum, signs, Runge-Kutta stages, Polyak's step
- `kernels`, `cuda_kernels`: the same maps compiled, for many orbits at once, on the CPU and on CUDA

Maps of networks are in `dynamics.networks`.
"""
