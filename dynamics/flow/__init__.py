"""The gradient flow, which gradient descent follows or leaves.

- `gradient_flow`: its solution, with an estimate of the error
- `distance`: how far the orbit of a map strays from it
- `comparison`: gradient descent, momentum and Runge-Kutta steps, each against it
"""
