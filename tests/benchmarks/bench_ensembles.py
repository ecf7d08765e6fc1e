"""Ensembles of deep linear nets, depth 5, float64, 1000 steps: rivals in one run, one core, in net-steps a second.

A rival that would take minutes trains a part of the nets, or for fewer steps. The peak of the machine is that of one large product of
matrices in float64, by torch; a net-step is 12 products of the net's width.
"""

import ctypes
import os
import shutil
import subprocess

import numba
import numpy as np
import pytest
import torch

from dynamics import DeepLinearMap, TorchMap, train_ensemble
from dynamics.networks.network_maps import NetworkMap
from tests.benchmarks.timing import alternately, leasts, medians, store

F64 = torch.float64
PACKAGES = ("numba", "numpy", "torch")
DEPTH, STEPS, ROUNDS = 5, 1000, 3
IN_CACHE = 2**20  # bytes of parameters that a batched product stays within the second-level cache with
CASES = {
    8: (4096, {"Python loop": 100, "C": 1 / 2.5, "vmap(grad), blocks in cache": 1}),
    32: (512, {"Python loop": 8, "C": 1 / 2.5, "vmap(grad), blocks in cache": 1}),
}


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)
    numba.set_num_threads(1)


def nets(runs, width, depth=DEPTH, steps=(1e-3, 5e-3)):
    """Nets near the identity that converge to a positive definite target: nothing overflows, and nothing ends early."""
    source = torch.Generator().manual_seed(0)
    factor = torch.randn(width, width, generator=source, dtype=F64) / width**0.5
    net = DeepLinearMap(
        torch.eye(width, dtype=F64) + 0.1 * factor @ factor.T, [width] * (depth + 1), torch.linspace(*steps, runs, dtype=F64)
    )
    eye = net.pack([torch.eye(width, dtype=F64)[None]] * depth)
    return net, eye + 0.05 / width**0.5 * torch.randn(runs, net.dimension, generator=source, dtype=F64)


def c_loop(folder, width):
    """The hand-written loop of ensembles.c, built now, or ``None`` without a compiler."""
    if (compiler := shutil.which("gcc")) is None:
        return None
    library = str(folder / f"ensembles{width}.so")
    source = os.path.join(os.path.dirname(__file__), "ensembles.c")
    flags = [
        "-O3",
        "-march=native",
        "-ffast-math",
        f"-DWIDTH={width}",
        f"-DDEPTH={DEPTH}",
        "-shared",
        "-fPIC",
        "-Wno-incompatible-pointer-types",
    ]
    subprocess.run([compiler, *flags, source, "-o", library], check=True)
    pointer = ctypes.POINTER(ctypes.c_double)
    function = ctypes.CDLL(library).advance

    def run(net, x, steps):
        out = x.numpy().copy()
        arrays = (a.ctypes.data_as(pointer) for a in (out, net.step_size.numpy(), net.target.numpy()))
        function(*arrays, ctypes.c_long(len(out)), ctypes.c_long(steps))
        return out

    return run


def python_loop(net, x, steps):
    """One network after the other, as one writes it: `nn.Linear`, `backward` and `torch.optim.SGD`."""
    eye = torch.eye(net.target.shape[1], dtype=F64)
    for weights, step in zip(zip(*net.unpack(x), strict=True), net.step_size.tolist(), strict=True):
        layers = [torch.nn.Linear(*w.shape[::-1], bias=False, dtype=F64) for w in weights]
        for layer, w in zip(layers, weights, strict=True):
            layer.weight.data.copy_(w)
        module = torch.nn.Sequential(*layers)
        optimizer = torch.optim.SGD(module.parameters(), lr=step)
        for _ in range(steps):
            optimizer.zero_grad()
            loss = (module(eye).T - net.target).square().sum() / 2
            loss.backward()
            optimizer.step()
    return torch.stack([torch.cat([p.detach().flatten() for p in module.parameters()])])


def by_vmap(net):
    """``torch.func.vmap(torch.func.grad)`` of the same loss."""

    def loss(weights):
        product = weights[0]
        for w in weights[1:]:
            product = w @ product
        return (product - net.target).square().sum() / 2

    return TorchMap(loss, [torch.zeros(shape, dtype=F64) for shape in net.shapes], net.step_size)


def in_blocks(advance, net, x, steps):
    """Blocks of nets that stay in the cache, one after the other."""
    block = max(1, IN_CACHE // (8 * x.shape[1]))
    for begin in range(0, len(x), block):
        rows = np.arange(begin, min(begin + block, len(x)))
        advance(net.select(rows), x[rows], steps)


def few(net, x, count):
    rows = np.arange(count)
    return net.select(rows), x[rows]


@pytest.mark.parametrize("width", CASES)
def test_training(width, tmp_path):
    runs, targets = CASES[width]
    net, x = nets(runs, width)
    rows = min(runs, 512)
    part, points = few(net, x, rows)
    one, single = few(net, x, 2)
    in_c, batched, step_by_step = c_loop(tmp_path, width), by_vmap(part), NetworkMap._advance
    side, side_steps = 2000, 40 if width == 8 else 20
    left = torch.rand(side, side, dtype=F64)
    rivals = {
        "DeepLinearMap": (runs * STEPS, lambda: net.advance(x, STEPS)),
        "train_ensemble, no early exit": (runs * STEPS, lambda: ensemble(net, x)),
        "C": (runs * STEPS, in_c and (lambda: in_c(net, x, STEPS))),
        "closed form in torch, blocks in cache": (rows * side_steps, lambda: in_blocks(step_by_step, part, points, side_steps)),
        "vmap(grad), all at once": (rows * side_steps, lambda: batched.advance(points, side_steps)),
        "vmap(grad), blocks in cache": (rows * side_steps, lambda: in_blocks(type(batched).advance, batched, points, side_steps)),
        "Python loop": (2 * 100, lambda: python_loop(one, single, 100)),
    }
    calls = {name: call for name, (_, call) in rivals.items() if call} | {"matrix product": lambda: left @ left}
    seconds = alternately(calls, ROUNDS)
    peak = 2 * side**3 / min(seconds.pop("matrix product"))
    rates = {name: rivals[name][0] / s for name, s in medians(seconds).items()}
    best = {name: rivals[name][0] / s for name, s in leasts(seconds).items()}
    work = 2 * width**3 * 3 * (DEPTH - 1)
    ours = "DeepLinearMap"
    print(f"\n{runs} nets of width {width}{'net-steps/s':>22}{'ours':>9}{'best ours':>11}{'target':>8}{'of peak':>9}")
    for name, rate in rates.items():
        target = f"{targets[name]:.3g}x" if name in targets else ""
        print(f"{name:38}{rate:11.3g}{rates[ours] / rate:8.4g}x{best[ours] / best[name]:10.4g}x{target:>8}{best[name] * work / peak:9.2f}")
    again = net.advance(x, 50)
    if in_c:  # the same arithmetic in another order, 50 steps of a contracting map
        assert np.abs(in_c(net, x, 50) - again.numpy()).max() < 1e-12
    assert (python_loop(*few(net, x, 1), 50)[0] - again[0]).abs().max() < 1e-12
    store(
        f"ensembles_width_{width}",
        PACKAGES,
        task=f"{runs} deep linear nets of depth {DEPTH} and width {width}, {STEPS} steps",
        seconds=seconds,
        net_steps_per_second=rates,
        **{
            f"{ours} over rival": {name: rates[ours] / rate for name, rate in rates.items()},
            f"{ours} over rival, least of the rounds": {name: best[ours] / rate for name, rate in best.items()},
        },
        targets=targets,
        matrix_product_flops_per_second=peak,
        fraction_of_matrix_product_peak={name: rate * work / peak for name, rate in best.items()},
    )


def ensemble(net, x):
    """The same steps by `train_ensemble`, its looks and outcomes included: as many nets as step sizes and seeds give."""
    seeds = len(x) // 16
    family = DeepLinearMap(net.target, [net.shapes[0][1]] * (DEPTH + 1), net.step_size[:: len(x) // 16][:16])
    return train_ensemble(family, range(seeds), initialisation=x[:seeds], max_steps=STEPS)


def test_early_exit():
    """What leaving the batch saves in a usual ensemble: 16 step sizes from far below the bound to far beyond it, 256 seeds each."""
    net, x = nets(256, 8)
    family = DeepLinearMap(net.target, [8] * (DEPTH + 1), torch.logspace(-2, 0, 16, dtype=F64))
    every, starts = family.select(np.repeat(np.arange(16), 256)), x.repeat(16, 1)
    found, rivals = {}, {}
    for steps in (1000, 10_000):
        rivals[f"every run to the end, {steps} steps"] = lambda n=steps: every.advance(starts, n)
        rivals[f"train_ensemble, {steps} steps"] = lambda n=steps: found.update(
            {n: train_ensemble(family, range(256), initialisation=x, max_steps=n)}
        )
    seconds = medians(alternately(rivals, 3))
    faster = {n: seconds[f"every run to the end, {n} steps"] / seconds[f"train_ensemble, {n} steps"] for n in found}
    kinds = {n: dict(zip(*(a.tolist() for a in np.unique(result.kinds, return_counts=True)), strict=True)) for n, result in found.items()}
    print("\nEarly exit:", {n: f"{ratio:.3g}x faster" for n, ratio in faster.items()}, kinds)
    store("ensembles_early_exit", PACKAGES, seconds=seconds, times_faster=faster, outcomes=kinds)


def test_growth():
    """How the time grows with nets, steps, depth and width: the exponent of a power law through the least times."""
    growth = {}
    sizes = {"nets": (512, 1024, 2048, 4096), "steps": (50, 100, 200, 400), "depth": (3, 5, 9, 17), "width": (8, 16, 32, 64)}
    for name, values in sizes.items():
        runs = {}
        for size in values:
            given = {"nets": 512, "steps": 100, "depth": 5, "width": 8} | {name: size}
            if name == "width":
                given |= {"nets": 64, "steps": 20}
            net, x = nets(given["nets"], given["width"], given["depth"])
            runs[size] = lambda n=net, p=x, count=given["steps"]: n.advance(p, count)
        seconds = leasts(alternately(runs, ROUNDS))
        exponent = float(np.polyfit(np.log(list(seconds)), np.log(list(seconds.values())), 1)[0])
        growth[name] = {"seconds": seconds, "exponent": exponent}
        print(f"\ntime ~ {name}^{exponent:.3f}")
    store("ensembles_growth", PACKAGES, growth=growth)
