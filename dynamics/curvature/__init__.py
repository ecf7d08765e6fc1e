"""The Hessian of a loss, from products alone.

- `sharpness`: its largest eigenvalue, at a point and along a run
- `ensemble_sharpness`: the same for many networks at once
- `corridor_distance`: how far H g is from 0 (Dherin & Rosca)
"""
