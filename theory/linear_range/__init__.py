"""Ni & Talnikar 2019: tangent and adjoint solutions of a network, their equivalence, and the linear range of a step."""
