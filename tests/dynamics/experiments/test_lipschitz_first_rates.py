"""The rates of the first epoch: M by hand in evaluation and in training, what is written, what is refused."""

import json
import math

import pytest
import torch

from dynamics.data import VARIABLE
from dynamics.experiments import lipschitz_first_rates as first_rates
from dynamics.experiments.linear_range_resnet_runs import Images
from dynamics.experiments.lipschitz_network_runs import first_bounds, network_for
from tests.dynamics.known_networks import normal

CPU = torch.device("cpu")
# float32: a few thousand roundings of 6e-8 in the sums of one minibatch, most of them cancelling
CLOSE = 1e-4


def pictures(name, part, rows, device=CPU):
    shape = (28, 28, 1) if name == "mnist" else (32, 32, 3)
    return Images(normal(rows, *shape, dtype=torch.float32, seed=len(part)), torch.arange(rows) * 7 % 10)


@pytest.mark.claim("yedida-saha:text-adamo-32")
def test_the_first_bounds_by_hand():
    """In evaluation the norm divides by sqrt(1 + epsilon), in training by the minibatch's deviation; the network is left alone."""
    network, train = network_for("mnist", 2, 1, CPU), pictures("mnist", "train", 24)
    for part in network.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    state = {name: value.clone() for name, value in network.state_dict().items()}
    found = first_bounds(network, train, 8, 0.0, 3, 0)
    for name, value in network.state_dict().items():
        assert torch.equal(value, state[name])
    sizes = {"training": [], "evaluation": []}
    with torch.no_grad():
        for rows in torch.split(torch.arange(24), 8):
            inputs = train[rows][0]
            for layer in [*network][:3]:
                inputs = layer(inputs)
            hidden = torch.relu(network.hidden[0](inputs)).double()
            centred = hidden - hidden.mean(0)
            sizes["training"].append((centred / (centred.square().mean(0) + 1e-3).sqrt()).norm().item())
            sizes["evaluation"].append(hidden.norm().item() / math.sqrt(1.001))
    for mode, values in sizes.items():
        assert found[mode] == pytest.approx(9 / 80 * max(values), rel=CLOSE)
    assert len({found["training"], found["evaluation"]}) == 2


@pytest.mark.claim("yedida-saha:text-adamo-32")
def test_the_first_rates_are_written(tmp_path, monkeypatch, capsys):
    networks = {"table 4 on MNIST": ("mnist", 2, 8, 0.0), "ResNet-20 on CIFAR-10": ("cifar10", 2, 8, 1e-3)}
    monkeypatch.setattr(first_rates, "NETWORKS", networks)
    monkeypatch.setattr(first_rates, "images", pictures)
    assert first_rates.main(["--seeds", "2", "--output", str(tmp_path / "out.json")]) == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert len(capsys.readouterr().out.splitlines()) == 4 and "--seeds 2" in report["command"]
    for name, (data, width, batch, decay) in networks.items():
        for seed in range(2):
            found = first_bounds(network_for(data, width, seed, CPU), pictures(data, "train", 64), batch, decay, 8, seed)
            for mode, own in report["networks"][name].items():
                assert own["M"][seed] == pytest.approx(found[mode], rel=1e-4) and own["rate"][seed] == pytest.approx(
                    1 / own["M"][seed], rel=1e-4
                )
    with pytest.raises(SystemExit):
        first_rates.main(["--seeds", "0", "--output", str(tmp_path / "out.json")])
    assert "--seeds 0: expected 1 or more" in capsys.readouterr().err


def test_missing_data_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(SystemExit):
        first_rates.main(["--output", str(tmp_path / "out.json")])
    assert "mnist.npz is missing" in capsys.readouterr().err and not [*tmp_path.glob("*.json")]
