"""Dherin & Rosca 2024: corridors, the regions where gradient flow runs along straight lines and gradient descent follows it."""
