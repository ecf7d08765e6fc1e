"""Nar & Sastry (2018): upper bounds on the step size of gradient descent, and what happens beyond them."""
