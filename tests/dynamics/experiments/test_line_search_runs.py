"""The experiment on lines, tiny: its training, what it measures, by hand; that it resumes; what it refuses."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.interpolate import CubicSpline

from dynamics import deep_relu, resnet20
from dynamics._results import short
from dynamics.data import VARIABLE
from dynamics.experiments import line_search_measures as measures
from dynamics.experiments import line_search_runs as experiment
from dynamics.experiments import line_search_summary as summaries
from dynamics.experiments.line_search_training import TASKS, Run, Task, Training
from tests.dynamics.known_networks import F64, normal

# Sums of some hundred terms in another order, a few steps.
SAME = 1e-11


def pictures(samples):
    return normal(samples, 6), torch.arange(samples) * 7 % 4


TINY = Task(lambda dtype: deep_relu([6, 5, 4], dtype=dtype), pictures, F64)
CONVOLUTIONS = Task(
    lambda dtype: resnet20(4, width=2, dtype=dtype), lambda samples: (normal(samples, 3, 8, 8), torch.arange(samples) * 7 % 4), F64
)
RUNS = (Run(0.1, 0.0, 8, 2, 3), Run(0.1, 0.9, 8, 2, 3))
PLAN = experiment.Plan("tiny", 44, RUNS, 0.05, -10, 10, batch=8, full_curvature=True)
SIZES = (4, 8, 16, 44)


@pytest.fixture
def tiny(monkeypatch):
    """A plan of two short runs on random numbers."""
    monkeypatch.setitem(TASKS, "tiny", TINY)
    monkeypatch.setitem(experiment.PLANS, "mnist", PLAN)
    for module in (measures, summaries):
        monkeypatch.setattr(module, "SIZES", SIZES)


def training(run=RUNS[0], task=TINY, samples=44):
    return Training(task, run, task.images(samples), 8, 0)


def measured(steps, run=RUNS[0], task=TINY):
    own = training(run, task)
    measurement = measures.Measurement(own, measures.Sampling(PLAN.grid, (-0.2, 0.2)), 2)
    for _ in range(steps):
        own.advance(True, measurement)
    return own


@pytest.mark.claim("mutschler-zell:text-setup")
@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("task", [TINY, CONVOLUTIONS])
def test_the_steps_are_those_of_torchs_sgd(run, task):
    own, samples = training(run, task), 44
    network = training(run, task).module.train()
    inputs, labels = task.images(samples)
    optimizer = torch.optim.SGD(network.parameters(), lr=run.lr, momentum=run.momentum)
    for step in range(7):
        order = torch.from_numpy(np.random.default_rng([0, 4, step // 5]).permutation(samples))
        rows = order[step % 5 * 8 :][:8]
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(inputs[rows]), labels[rows]).backward()
        optimizer.step()
        own.advance(False, None)
    for name, p in network.named_parameters():
        assert own.weights[name].numpy() == pytest.approx(p.detach().numpy(), rel=SAME, abs=SAME)


@pytest.mark.claim("mutschler-zell:text-steeper", "mutschler-zell:equation-dirderiv", "mutschler-zell:definition-metrics")
@pytest.mark.parametrize("task", [TINY, CONVOLUTIONS])
def test_a_line_by_hand(task):
    """The norms, slopes, losses and steps of the third line, by autograd of a module with those weights."""
    own = training(task=task)
    for _ in range(3):
        own.advance(False, None)
    line = measures.Measurement(own, measures.Sampling(PLAN.grid, (-0.21, 0.21)), 2)
    gradient, loss = own.gradient(torch.from_numpy(own.order()[24:32]))
    record = line(gradient, gradient, loss)
    network = task.make(F64).train()
    network.load_state_dict(own.weights, strict=False)
    total, batches = 0, []
    for rows in torch.from_numpy(own.order()).split(8):
        network.zero_grad()
        value = torch.nn.functional.cross_entropy(network(own.inputs[rows]), own.labels[rows])
        value.backward()
        g = torch.cat([p.grad.flatten() for p in network.parameters()])
        total, batches = total + len(rows) / 44 * g, [*batches, (len(rows), value.item(), g)]
    g = batches[3][2]
    assert record["gradient_norm"] == pytest.approx(g.norm().item(), rel=SAME) and loss == pytest.approx(batches[3][1], rel=SAME)
    assert record["batch_slope"] == pytest.approx(g.norm().item(), rel=SAME)
    assert record["slope"] == pytest.approx((total @ g / g.norm()).item(), rel=SAME)
    assert record["full_gradient_norm"] == pytest.approx(total.norm().item(), rel=SAME)
    assert record["batch_gradient_squares"] == pytest.approx(np.mean([(g @ g).item() for n, _, g in batches if n == 8]), rel=SAME)
    assert record["loss"] == pytest.approx(sum(n * value for n, value, _ in batches) / 44, rel=SAME)
    assert record["SGD 0.1: step"] == pytest.approx(0.1 * g.norm().item(), rel=SAME)
    assert len(record["directions"]["distances"]) == 10 and record["directions"]["s_opt"][0] == record["s_opt"]
    weights = torch.nn.utils.parameters_to_vector(network.parameters()).detach()
    with torch.no_grad():  # the second of the other directions is that of the first minibatch: 3 + 2 is 5, of 5
        shapes = []
        for direction in (g, batches[0][2]):
            losses = []
            for s in PLAN.grid[6:15]:
                torch.nn.utils.vector_to_parameters(weights - s * direction / direction.norm(), network.parameters())
                parts = [(len(r), network(own.inputs[r]), own.labels[r]) for r in torch.from_numpy(own.order()).split(8)]
                losses.append(sum(n * torch.nn.functional.cross_entropy(x, y).item() for n, x, y in parts) / 44)
            shapes.append(np.array(losses) - min(losses))
    assert record["directions"]["distances"][1] == pytest.approx(np.abs(shapes[0] - shapes[1]).mean(), rel=1e-9)
    assert record["steeper_than_all"] == all((b @ g / g.norm()).item() < g.norm().item() for n, _, b in batches if n == 8 and b is not g)


def test_a_line_measured_both_ways():
    """The finer measurement is the one that it would be alone, on the same line; the spline's error is what lies between."""
    coarse, fine = measures.Sampling(PLAN.grid, (-0.2, 0.2)), measures.Sampling(np.arange(-50, 51) / 100, (-0.2, 0.2))
    records = []
    for sampling, finer in ((coarse, fine), (fine, None)):
        own = training()
        gradient, loss = own.gradient(torch.from_numpy(own.order()[:8]))
        records.append(measures.Measurement(own, sampling, 2, finer)(gradient, gradient, loss))
    both, alone = records
    assert len(both["full"]) == 21 and len(both["picture"][0]) == 101 and both["picture"] == alone["picture"]
    error = both["fine"].pop("spline_error")
    assert both["fine"] == {name: alone[name] for name in both["fine"]} and {"s_opt", "fit_error_2"} <= both["fine"].keys()
    assert "fine" not in alone and both["fit_error_2"] != alone["fit_error_2"]
    spline = CubicSpline(PLAN.grid, both["full"])
    assert error == pytest.approx(np.abs(spline(fine.grid) - alone["full"]).max(), abs=SAME) and error > 100 * SAME


@pytest.mark.claim("mutschler-zell:equation-1", "mutschler-zell:equation-4")
def test_derivatives_of_the_full_batch_are_finite_differences():
    own = training()
    gradient, _ = own.gradient(torch.arange(8))
    value, slope, curvature, norm = own._derivatives(gradient)

    def loss(s):
        moved = {name: w - s / norm * gradient[name] for name, w in own.weights.items()}
        return torch.nn.functional.cross_entropy(own.function(moved, own.inputs), own.labels).item()

    h = 1e-4  # h^2 times fourth derivatives below 1e2, and 1e-16/h^2 of rounding
    assert value == pytest.approx(loss(0), rel=SAME)
    assert slope == pytest.approx((loss(h) - loss(-h)) / (2 * h), abs=1e-6)
    assert curvature == pytest.approx((loss(h) - 2 * loss(0) + loss(-h)) / h**2, abs=1e-6)


def quadratic_run(third):
    """SGD on L = (x^2 + 4 y^2)/2 + third x^3 with noisy gradients: what `Training.energy` would hold, and the sum of the cubic parts."""
    generator, theta, rows, cubic = np.random.default_rng(0), np.array([1.0, 0.5]), [], 0.0
    for _ in range(50):
        G = np.array([theta[0] + 3 * third * theta[0] ** 2, 4 * theta[1]])
        g = G + generator.normal(size=2) / 4
        d, hessian = -g / np.linalg.norm(g), np.array([1 + 6 * third * theta[0], 4.0])
        loss = (theta[0] ** 2 + 4 * theta[1] ** 2) / 2 + third * theta[0] ** 3
        rows.append([loss, G @ d, d @ (hessian * d), np.linalg.norm(g), 0.0])
        theta, last = theta - 0.1 * g, third * (-0.1 * g[0]) ** 3
        cubic += last
    return np.array(rows), cubic - last  # the step after the last row is not seen


@pytest.mark.parametrize("third", [0.0, 0.02])
def test_the_energy_balance_is_exact_on_parabolas_and_its_remainder_is_the_cubic_part(third):
    energy, cubic = quadratic_run(third)
    found = summaries.energy_balance(energy, Run(0.1, 0.0, 50, 1, 1))
    quadratic = (0.01 * energy[:-1, 3] ** 2 * energy[:-1, 2]).sum()
    assert found["remainder"] == pytest.approx(cubic / quadratic, abs=SAME)
    assert found["of_all_steps"] - found["predicted"] == pytest.approx(0.1 * found["remainder"], abs=SAME)


def test_the_best_constant_rate_on_parabolas():
    """Lines a_t (s - c_t)^2 with c_t = r |v_t|: the best rate is r."""
    own, grid = training(), PLAN.grid
    own.energy, own.lines = [], []
    for norm, a in ((1.0, 1.0), (0.5, 3.0), (2.0, 0.5)):
        c = 0.08 * norm
        own.lines.append(
            {
                "step": 0,
                "direction_norm": norm,
                "slope": 2 * a * c,
                "fit_slope": -2 * a * c,
                "fit_curvature": 2 * a,
                "full": (a * (grid - c) ** 2).tolist(),
            }
        )
    found = summaries.rates(own, grid)
    assert found["on_parabolas"] == pytest.approx(0.08, rel=SAME) and found["on_lines"] == pytest.approx(0.08, rel=2 ** (1 / 32) - 1)


def run(path, *arguments):
    return experiment.main(["mnist", *arguments, "--output", str(path)])


def test_the_report(tiny, tmp_path, capsys):
    assert run(tmp_path / "out.json") == 0 and "SGD 0.1, momentum 0.9" in capsys.readouterr().out
    report = json.loads((tmp_path / "out.json").read_text())
    assert list(tmp_path.iterdir()) == [tmp_path / "out.json"] and report["settings"]["seed"] == 0
    assert report["cost"]["sample_losses"] == 2 * 4 * 21 * 44 and report["environment"]["dtype"] == "float64"
    for number, name in enumerate(("SGD 0.1, momentum 0", "SGD 0.1, momentum 0.9")):
        found = report["runs"][name]
        assert found["measured"] == [0, 1, 3, 6] and len(found["minibatch_loss"]["all"]) == 8
        assert list(found["sizes"]) == ["4", "8", "16", "44"] and list(found["pictures"]) == ["0"]
        assert found["sizes"]["8"]["slope_ratio"]["all"] == [1.0] * 4
        assert found["sizes"]["44"]["slope_over_expected"]["all"] == pytest.approx([1.0] * 4, rel=1e-5)  # five digits
        own = measured(8, RUNS[number])
        assert found["s_opt"]["all"] == pytest.approx([line["s_opt"] for line in own.lines], rel=1e-4)


def test_the_report_of_lines_measured_both_ways(tiny, tmp_path, monkeypatch):
    """A grid of -0.2 to 0.5 by 0.05, and a finer one that ends elsewhere: its window is wider with momentum, and the report says so."""
    monkeypatch.setitem(experiment.PLANS, "mnist", replace(PLAN, low=-4, fine_pictures=True))
    monkeypatch.setitem(experiment.PLANS, "paper", replace(PLAN, spacing=0.04, low=-8, high=13))
    assert run(tmp_path / "out.json") == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["cost"]["sample_losses"] == 2 * (4 * 15 + 22) * 44
    settings = report["settings"]
    assert settings["grid"] == [-0.2, 0.5, 0.05, 15] and settings["fine_grid"] == [-0.32, 0.52, 0.04, 22]
    names = [run_.name for run_ in RUNS]
    assert settings["windows"] == dict(zip(names, ([-0.2, 0.2125], [-0.2, 0.5]), strict=True))
    assert settings["fine_windows"] == dict(zip(names, ([-0.21, 0.21], [-0.32, 0.51]), strict=True))
    for number, name in enumerate(names):
        found, own = report["runs"][name], training(RUNS[number])
        gradient, loss = own.gradient(torch.from_numpy(own.order()[:8]))
        fine, grid = measures.Sampling(np.arange(-8, 14) / 25, settings["fine_windows"][name]), np.arange(-4, 11) / 20
        alone = measures.Measurement(own, fine, 1)(gradient, gradient, loss)
        assert list(found["fine"]) == list(found["pictures"]) == ["0"] and len(found["pictures"]["0"][0]) == 22
        error = found["fine"]["0"].pop("spline_error")
        assert found["fine"]["0"] == {key: pytest.approx(short(alone[key]), rel=1e-4, abs=1e-9) for key in found["fine"]["0"]}
        losses, where = np.array(alone["full"]), (fine.grid > -0.21) & (fine.grid < 0.51)
        coarse = CubicSpline(grid, measures.Measurement(own, measures.Sampling(grid, (-0.2, 0.2)), 1)(gradient, gradient, loss)["full"])
        assert error == pytest.approx(np.abs(coarse(fine.grid) - losses)[where].max(), rel=1e-3), "where the coarse line is"


def test_an_interrupted_experiment_continues_with_the_same_numbers(tiny, tmp_path, monkeypatch, capsys):
    straight, broken = tmp_path / "straight.json", tmp_path / "broken.json"
    assert run(straight) == 0
    monkeypatch.setattr(experiment, "KEEP", 1)
    take = Training.advance

    def interrupted(self, *arguments):
        if self.step == 5 and self.run.momentum:
            raise KeyboardInterrupt
        take(self, *arguments)

    monkeypatch.setattr(Training, "advance", interrupted)
    assert run(broken) == 130 and not broken.exists() and "the same command continues" in capsys.readouterr().err
    monkeypatch.setattr(Training, "advance", take)
    assert run(broken) == 0
    assert json.loads(broken.read_text())["runs"] == json.loads(straight.read_text())["runs"]


def test_an_earlier_end_measures_the_same_lines(tiny, tmp_path):
    assert run(tmp_path / "short.json", "--steps", "4", "--only", "0") == 0
    (found,) = json.loads((tmp_path / "short.json").read_text())["runs"].values()
    own = measured(4)
    assert found["steps"] == 4 and found["loss"]["all"] == pytest.approx([line["loss"] for line in own.lines], rel=1e-4)


def diverging(monkeypatch):
    monkeypatch.setitem(experiment.PLANS, "mnist", experiment.Plan("tiny", 44, (Run(1e200, 0.0, 8, 0, 9),), 0.05, -10, 10, batch=8))


BAD = {
    "a negative seed": (["--seed", "-1"], "--seed -1"),
    "no steps": (["--steps", "0"], "--steps 0"),
    "a run that is none": (["--only", "2"], "only 0 to 1"),
    "another device": (["--device", "tpu"], "--device tpu: expected cpu"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_options_are_refused(case, tiny, tmp_path, capsys):
    arguments, words = BAD[case]
    with pytest.raises(SystemExit, match="2"):
        run(tmp_path / "out.json", *arguments)
    assert words in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device, so it is not refused")
def test_a_gpu_that_is_not_there_is_refused(tiny, tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        run(tmp_path / "out.json", "--device", "cuda")
    assert "--device cuda: expected cpu; torch finds no CUDA device here" in capsys.readouterr().err


def test_data_that_are_not_there_are_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(SystemExit, match="2"):
        run(tmp_path / "out.json")
    assert "mnist.npz" in capsys.readouterr().err


def test_a_kept_state_of_another_run_is_refused(tiny, tmp_path, monkeypatch, capsys):
    own = training(RUNS[1])
    (tmp_path / "out.json.partial").mkdir()
    own.save(tmp_path / "out.json.partial" / "SGD_0.1,_momentum_0.pt")
    with pytest.raises(SystemExit, match="2"):
        run(tmp_path / "out.json")
    assert "keeps another run" in capsys.readouterr().err


def test_a_training_that_diverges_is_named(tiny, tmp_path, monkeypatch, capsys):
    diverging(monkeypatch)
    with pytest.raises(SystemExit, match="2"):
        run(tmp_path / "out.json")
    assert "the training diverged; take a smaller step" in capsys.readouterr().err


def test_the_plans_hold_the_papers_numbers():
    paper = experiment.PLANS["paper"]
    assert len(paper.grid) == 167 and paper.grid[83] == 0 and np.diff(paper.grid) == pytest.approx(0.006)
    assert paper.samples == 4000 and paper.batch == 128 and {run.steps for run in paper.runs} == {10_000}
    assert experiment.PAPER_SAMPLE_LOSSES / 128 > 52e6 and math.isclose(experiment.PAPER_SAMPLE_LOSSES / 4000, 1.67e6)
