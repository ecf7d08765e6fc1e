"""Hessian-vector products and sharpness of two-layer tanh nets: rivals in one run, one core, float64.

Solvers are compared at equal error: each with the loosest of `TOLERANCES` at which its value is right to `ERROR`, relatively, judged
by a run at the tightest. What curvlinops' operator with `eigsh` takes at SciPy's own default (machine precision) is a row of its own.
"""

import functools

import numpy as np
import pytest
import torch
from scipy.sparse.linalg import LinearOperator, eigsh, lobpcg
from torch import nn

from dynamics import ensemble_sharpness, hessian_product, sharpness, sharpness_along
from tests.benchmarks.timing import alternately, installed, leasts, medians, ratios, store

F64 = torch.float64
PACKAGES = ("torch", "scipy", "numpy", "curvlinops-for-pytorch")
ROUNDS = 7
ERROR = 1e-6
TOLERANCES = tuple(10 ** (-i / 4) for i in range(4, 33))  # quarters of decades
SIZES = {"10,000 parameters": (90, 100, 10), "100,000 parameters": (490, 200, 10)}
TARGETS = {"10,000 parameters": 10, "100,000 parameters": 6}
SAMPLES = 100

pytestmark = [
    pytest.mark.timeout(3600),  # finding equal errors takes minutes
    pytest.mark.filterwarnings("ignore::UserWarning"),  # LOBPCG, when it stops at the number of steps it was allowed
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # torch.jit, in what curvlinops imports
]


class Net:
    """Mean squared error of V tanh(W x), the parameters W and V in one vector, on seeded normal data."""

    def __init__(self, inputs, hidden, outputs, samples=SAMPLES, seed=0):
        self.widths = (inputs, hidden, outputs)
        self.split = inputs * hidden
        generator = torch.Generator().manual_seed(seed)
        self.normal = functools.partial(torch.randn, generator=generator, dtype=F64)
        self.x, self.y = self.normal(samples, inputs), self.normal(samples, outputs)
        self.dimension = self.split + hidden * outputs

    def start(self, *runs):
        inputs, hidden, outputs = self.widths
        w, v = self.normal(*runs, self.split) / inputs**0.5, self.normal(*runs, hidden * outputs) / hidden**0.5
        return torch.cat([w, v], dim=-1)

    def matrices(self, point):
        inputs, hidden, outputs = self.widths
        return point[: self.split].reshape(hidden, inputs), point[self.split :].reshape(outputs, hidden)

    def loss(self, point):
        w, v = self.matrices(point)
        return (torch.tanh(self.x @ w.mT) @ v.mT - self.y).square().mean()

    def gradient(self, point):
        point = point.detach().requires_grad_(True)
        return torch.autograd.grad(self.loss(point), point)[0]

    def descend(self, point, step, steps):
        for _ in range(steps):
            yield point
            point = point - step * self.gradient(point)

    def curvlinops(self, point):
        from curvlinops import HessianLinearOperator

        inputs, hidden, outputs = self.widths
        model = nn.Sequential(nn.Linear(inputs, hidden, bias=False), nn.Tanh(), nn.Linear(hidden, outputs, bias=False)).double()
        with torch.no_grad():
            for weight, matrix in zip(model.parameters(), self.matrices(point), strict=True):
                weight.copy_(matrix)
        return HessianLinearOperator(model, nn.MSELoss(), list(model.parameters()), [(self.x, self.y)], check_deterministic=False)


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def repeated(call, times):
    return lambda: [call() for _ in range(times)]


def table(title, seconds, times=1, base=None):
    """Print milliseconds a call, medians and leasts, and the ratio to a base; return what is stored."""
    middle, least = ({name: s / times for name, s in kind(seconds).items()} for kind in (medians, leasts))
    base = base or next(iter(middle))
    print(f"\n{title}\n{'':44}{'ms':>10}{'least ms':>10}{'ratio':>9}")
    for name in middle:
        print(f"{name:44}{1e3 * middle[name]:10.3f}{1e3 * least[name]:10.3f}{middle[name] / middle[base]:9.3g}")
    return {"seconds": middle, "least seconds": least} | ratios(seconds, base)


def at_least(ratio, names):
    """The target of the rivals that it was set for: curvlinops' Hessian with `eigsh`, at equal error."""
    return {name: ratio for name in names if "curvlinops with eigsh, tolerance" in name}


@pytest.mark.parametrize("samples", [SAMPLES, 10 * SAMPLES])
@pytest.mark.parametrize("size", SIZES)
def test_products(size, samples):
    """A Hessian-vector product in gradients, as PyTorch runs it and compiled (targets: 6 and 3 gradients)."""
    net = Net(*SIZES[size], samples=samples)
    point, v = net.start(), net.start()
    gradient = torch.func.grad(net.loss)
    compiled_gradient = torch.compile(gradient)
    compiled = torch.compile(torch.func.grad(lambda p, v: gradient(p) @ v))
    product, operator = hessian_product(net.loss, point), net.curvlinops(point) if installed("curvlinops") else None
    assert torch.allclose(compiled(point, v), product(v), rtol=0, atol=1e-12)
    times = max(1, 200_000 * SAMPLES // (net.dimension * samples))
    rivals = {
        "gradient": lambda: net.gradient(point),
        "product, graph of the gradient kept": lambda: product(v),
        "product, from the parameters": lambda: hessian_product(net.loss, point)(v),
        "product, torch.func.jvp of grad": lambda: torch.func.jvp(gradient, (point,), (v,)),
        "gradient, compiled": lambda: compiled_gradient(point),
        "product from the parameters, compiled": lambda: compiled(point, v),
    } | ({"curvlinops": lambda: operator @ v} if operator else {})
    seconds = alternately({key: repeated(call, times) for key, call in rivals.items()}, ROUNDS)
    row = table(f"Hessian-vector product, {size}, {samples} samples", seconds, times)
    of_compiled = ratios({name: values for name, values in seconds.items() if name.endswith("compiled")}, "gradient, compiled")
    limits = {"product, graph of the gradient kept": 6, "product, from the parameters": 6, "product from the parameters, compiled": 3}
    task = f"a Hessian-vector product of a two-layer net of {size}, {samples} samples"
    store(f"sharpness_products_{net.dimension}_{samples}", PACKAGES, task=task, limits=limits, **row, **of_compiled)


def solvers(net, point):
    """Each solver of one net, from the parameters to the value, as a function of its tolerance."""

    def operator():
        product = hessian_product(net.loss, point)
        return LinearOperator((net.dimension,) * 2, matvec=lambda v: product(torch.from_numpy(v.reshape(-1))).numpy(), dtype=float)

    start = np.random.default_rng(0).standard_normal(net.dimension)

    def largest(matrix, tolerance):
        return float(eigsh(matrix, k=1, which="LA", tol=tolerance, v0=start)[0][0])

    @functools.cache
    def scale():
        return sharpness(net.loss, point, method="lanczos", tolerance=1e-3).value

    def block_one(tolerance):
        return float(lobpcg(operator(), start[:, None], tol=tolerance * scale(), maxiter=400)[0][0])

    ours = {
        "sharpness": lambda tolerance: sharpness(net.loss, point, method="lanczos", tolerance=tolerance).value,
        "our product with eigsh": lambda tolerance: largest(operator(), tolerance),
        "our product with LOBPCG": block_one,
    }
    if not installed("curvlinops"):
        return ours
    return ours | {"curvlinops with eigsh": lambda tolerance: largest(net.curvlinops(point).to_scipy(), tolerance)}


def at_equal_error(candidates, exact):
    """Bind each solver to the loosest tolerance that gives the error."""
    chosen = {name: next(t for t in TOLERANCES if np.all(np.abs(call(t) / exact - 1) <= ERROR)) for name, call in candidates.items()}
    return {f"{name}, tolerance {chosen[name]:g}": functools.partial(call, chosen[name]) for name, call in candidates.items()}


@pytest.mark.parametrize("size", SIZES)
def test_one_net(size):
    net = Net(*SIZES[size])
    first = net.start()
    *_, trained = net.descend(first, 0.5, 200)
    cases = {}
    for where, point in {"at a random start": first, "after 200 steps of gradient descent": trained}.items():
        candidates = solvers(net, point)
        exact = sharpness(net.loss, point, method="lanczos", tolerance=1e-12).value
        rivals = at_equal_error(candidates, exact)
        if "curvlinops with eigsh" in candidates:
            rivals["curvlinops with eigsh, SciPy's default"] = functools.partial(candidates["curvlinops with eigsh"], 0)
        seconds = alternately(rivals, ROUNDS)
        title = f"Sharpness, {size}, {where} (target {TARGETS[size]}x)"
        cases[where] = table(title, seconds) | {"targets": at_least(TARGETS[size], seconds)}
    task = f"the sharpness of a two-layer net of {size}, each value right to {ERROR:g}"
    store(f"sharpness_one_net_{net.dimension}", PACKAGES, task=task, error=ERROR, cases=cases)


@pytest.mark.parametrize(("widths", "samples"), [((10, 20, 1), 50), ((8, 16, 1), 32)])
def test_ensemble(widths, samples):
    """128 small nets together, against one after the other, which is timed on 16 of them."""
    net = Net(*widths, samples=samples)
    nets = net.start(128)
    part = nets[:16]
    exact = np.array([sharpness(net.loss, point, method="dense").value for point in nets])

    def loop(name):
        return lambda tolerance: np.array([solvers(net, point)[name](tolerance) for point in part]) / exact[: len(part)]

    rivals = {
        "ensemble_sharpness": lambda tolerance: ensemble_sharpness(net.loss, nets, tolerance=tolerance).values.numpy() / exact,
        "loop of dense Hessians": lambda _: np.array([sharpness(net.loss, w, method="dense").value for w in part]) / exact[: len(part)],
        "loop of sharpness, Lanczos": loop("sharpness"),
    } | ({"loop of curvlinops with eigsh": loop("curvlinops with eigsh")} if installed("curvlinops") else {})
    seconds = alternately(at_equal_error(rivals, 1.0), ROUNDS)
    seconds = {name: [s / (128 if name.startswith("ensemble") else 16) for s in values] for name, values in seconds.items()}
    row = table(f"Sharpness of 128 nets of widths {widths}, {samples} samples: a net (target 100x)", seconds)
    task = f"the sharpness of 128 nets of {net.dimension} parameters, a net, each value right to {ERROR:g}"
    store(f"sharpness_ensemble_{net.dimension}", PACKAGES, task=task, error=ERROR, targets=at_least(100, seconds), **row)


def test_along_a_run():
    """Products a step along gradient descent, up to the edge of stability and beyond."""
    net, results = Net(*SIZES["10,000 parameters"]), {}
    first = net.start()
    for step, steps in ((0.5, 1000), (1.5, 1000)):
        for tolerance in (1e-2, 1e-3, 1e-4):
            points = list(net.descend(first, step, steps))
            found = list(sharpness_along(net.loss, points, tolerance=tolerance))
            products = np.array([result.products for result in found])[1:]
            sampled = range(steps // 10 - 1, steps, steps // 10)
            errors = [1 - found[i].value / sharpness(net.loss, points[i], tolerance=1e-6).value for i in sampled]
            results[f"step {step}, tolerance {tolerance:g}"] = row = {
                "mean": float(products.mean()),
                "median": float(np.median(products)),
                "largest": int(products.max()),
                "share of steps above 5": float((products > 5).mean()),
                "first": found[0].products,
                "largest relative residual": max(result.residual / result.value for result in found),
                "largest relative error, every tenth of the run": max(errors),
                "step times sharpness at the end": step * found[-1].value,
            }
            print(f"\nstep {step}, {steps} steps, tolerance {tolerance:g}:", {key: f"{value:.3g}" for key, value in row.items()})
    products = {name: row["mean"] for name, row in results.items()}
    task = "the sharpness at each of 1000 steps of gradient descent on a two-layer net of 10,000 parameters"
    store("sharpness_along", PACKAGES, task=task, products_a_step=products, limits=dict.fromkeys(products, 5), runs=results)


def test_growth():
    """How the time grows: with the parameters of one net, and with the number of nets (least times, a power law)."""
    runs = {"parameters": {}, "nets": {}}
    for hidden in (50, 100, 200, 400, 800):
        net = Net(90, hidden, 10)
        runs["parameters"][net.dimension] = functools.partial(sharpness, net.loss, net.start(), method="lanczos", tolerance=1e-3)
    small = Net(10, 20, 1, samples=50)
    for number in (32, 64, 128, 256, 512):
        runs["nets"][number] = functools.partial(ensemble_sharpness, small.loss, small.start(number), tolerance=1e-3)
    growth = {}
    for name, calls in runs.items():
        seconds = leasts(alternately(calls, ROUNDS))
        exponent = float(np.polyfit(np.log(list(seconds)), np.log(list(seconds.values())), 1)[0])
        growth[name] = {"seconds": seconds, "exponent": exponent, "products": {size: call().products for size, call in calls.items()}}
        print(f"\ntime ~ {name}^{exponent:.3f}", growth[name])
    store("sharpness_growth", PACKAGES, growth=growth)
