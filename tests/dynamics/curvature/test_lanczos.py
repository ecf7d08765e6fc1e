"""Batched Lanczos against NumPy's dense eigenvalues, and against spectra that are known."""

import numpy as np
import pytest
import torch
from scipy.sparse.linalg import eigsh

from dynamics.curvature import _lanczos
from dynamics.curvature._lanczos import largest_eigenpairs

F64 = torch.float64
TOLERANCE = 1e-8
# a value errs by at most residual^2 / gap, gaps here are above 5e-4 of the norm; the dense eigenvalues are rounded
ACCURACY = 1e-12

SPECTRA = {
    "indefinite": np.linspace(-5, 3, 40),
    "negative": -np.linspace(1, 9, 40),
    "one far out": np.r_[np.linspace(0, 1, 39), 50],
    "rank one": np.r_[np.zeros(39), 2],
    "largest in modulus below": np.r_[-30, np.linspace(0, 1, 39)],
    "crowded": 1 - np.linspace(0, 1, 40) ** 2,
    "tiny": 1e-150 * np.linspace(-5, 3, 40),
    "huge": 1e150 * np.linspace(-5, 3, 40),
    "two": np.linspace(-1, 2, 2),
    "one": np.array([-7.0]),
}
# copies of a repeated eigenvalue may be missed: see the test of multiplicities
CASES = [(name, k) for name, spectrum in SPECTRA.items() for k in (1, 2, 3) if k <= len(spectrum) and (name, k > 1) != ("rank one", True)]


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=F64)


def rotated(spectrum, runs, seed=0):
    """Symmetric matrices with the spectrum, each in its own random basis."""
    n = len(spectrum)
    q = torch.linalg.qr(normal(runs, n, n, seed=seed))[0]
    return q * torch.as_tensor(spectrum) @ q.mT


def solve(matrices, k=1, tolerance=TOLERANCE, max_products=1000, first=None):
    first = normal(len(matrices), matrices.shape[-1], seed=9) if first is None else first
    return largest_eigenpairs(
        lambda v: (matrices @ v[..., None])[..., 0], first, k, tolerance, max_products, torch.Generator().manual_seed(1)
    )


@pytest.mark.parametrize("room", [12, 64])
@pytest.mark.parametrize(("name", "k"), CASES)
def test_known_spectra_with_and_without_restarts(name, k, room, monkeypatch):
    monkeypatch.setattr(_lanczos, "ROOM", room)
    spectrum = SPECTRA[name]
    matrices = rotated(spectrum, 3)
    found = solve(matrices, k)
    assert bool(found.converged.all())
    expected = torch.as_tensor(np.sort(spectrum)[::-1][:k].copy()).expand(3, k)
    assert float((found.values - expected).abs().max()) <= ACCURACY * np.abs(spectrum).max()
    images = torch.einsum("rij,rkj->rki", matrices, found.vectors)
    error = torch.linalg.vector_norm(images - found.values[..., None] * found.vectors, dim=-1)
    assert bool((error <= found.residuals).all()) and float(found.residuals.max()) <= 10 * TOLERANCE * np.abs(spectrum).max()
    # orthonormal to the residual over the gaps, which are above 5e-4
    gram = found.vectors @ found.vectors.mT
    assert torch.allclose(gram, torch.eye(k, dtype=F64).expand(3, k, k), rtol=0, atol=2e3 * TOLERANCE)


def test_as_scipy_finds_them_in_a_large_matrix():
    spectrum = np.r_[np.linspace(-2, 1, 1196), 1.1, 1.5, 1.7, 4.0]
    matrix = rotated(spectrum, 1)
    found = solve(matrix, 3)
    reference = np.sort(eigsh(matrix[0].numpy(), k=3, which="LA", tol=1e-12)[0])[::-1]
    assert found.values[0].numpy() == pytest.approx(reference, rel=1e-11)
    assert found.products < 80  # scipy makes about 60


def test_multiplicities_cost_copies_but_never_the_largest_value():
    for spectrum in (np.full(30, 2.0), np.r_[np.full(4, 3.0), np.linspace(-1, 1, 26)], np.zeros(30)):
        found = solve(rotated(spectrum, 2), 2)
        assert found.values[:, 0].tolist() == pytest.approx([spectrum.max()] * 2, abs=1e-12)
        for value, residual in zip(found.values.flatten(), found.residuals.flatten(), strict=True):
            assert np.abs(spectrum - float(value)).min() <= float(residual) + 1e-14 * np.abs(spectrum).max()


def test_an_exhausted_krylov_space_goes_on_elsewhere():
    """From an eigenvector, or from within an invariant subspace, the others are still found."""
    matrix = torch.diag(torch.tensor([5.0, 4.0, 1.0, -2.0, -3.0, 0.5], dtype=F64))[None]
    first = torch.eye(6, dtype=F64)[2:3]
    assert solve(matrix, 2, first=first).values[0].tolist() == pytest.approx([5.0, 4.0], rel=ACCURACY)


def test_each_run_is_its_own():
    matrices = torch.cat([rotated(SPECTRA[name], 1, seed=i) for i, name in enumerate(("indefinite", "one far out", "crowded"))])
    together = solve(matrices).values[:, 0]
    assert together.tolist() == pytest.approx([3.0, 50.0, 1.0], rel=ACCURACY)


def test_products_are_counted_and_a_short_budget_is_admitted():
    matrices, count = rotated(SPECTRA["crowded"], 2), 0

    def product(v):
        nonlocal count
        count += 1
        return (matrices @ v[..., None])[..., 0]

    found = largest_eigenpairs(product, normal(2, 40), 2, TOLERANCE, 9, torch.Generator())
    assert found.products == count == 9 and not bool(found.converged.any())
    assert float(found.residuals.max()) > TOLERANCE


def test_float32_converges_as_far_as_its_rounding_allows():
    matrices = rotated(SPECTRA["one far out"], 2).float()
    found = largest_eigenpairs(lambda v: (matrices @ v[..., None])[..., 0], normal(2, 40).float(), 1, 1e-10, 400, torch.Generator())
    assert bool(found.converged.all()) and found.values.dtype == torch.float32
    # products of 40 terms in float32
    assert found.values[:, 0].tolist() == pytest.approx([50.0] * 2, rel=40 * 1.2e-7)
