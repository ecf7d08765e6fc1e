"""Real data: what a small folder of our own holds, what the real files hold where they are, and clear errors where they are not."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from dynamics import data
from dynamics.data import DataMissing, cifar10, mnist, tabular

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (7, 28, 28), dtype=np.uint8)
COLOURS = RNG.integers(0, 256, (7, 32, 32, 3), dtype=np.uint8)
LABELS = np.arange(7, dtype=np.uint8)
TABLE = np.array([[1.0, 5.0, 3.0, 10.0], [2.0, 5.0, 5.0, 20.0], [3.0, 5.0, 4.0, 60.0]])  # its second column is constant
ROUNDING = 1e-15  # a few operations on numbers of size 1


def lossless(column):
    stream = io.BytesIO()
    Image.fromarray(column.reshape(-1, 32, 3)).save(stream, "WEBP", lossless=True)
    return stream.getvalue()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with seven images of each kind, in columns of four, and tables of three rows."""
    monkeypatch.setenv(data.VARIABLE, str(tmp_path))
    np.savez(tmp_path / "mnist.npz", x_train=IMAGES, y_train=LABELS, x_test=IMAGES[::-1], y_test=LABELS[::-1])
    with zipfile.ZipFile(tmp_path / "cifar10.webp.zip", "w") as archive:
        for part, images in (("train", COLOURS), ("test", COLOURS[::-1])):
            archive.writestr(f"{part}/001.webp", lossless(images[4:]))  # out of order, as a zip may be
            archive.writestr(f"{part}/000.webp", lossless(images[:4]))
        labels = {"classes": list("abcdefghij"), "train": LABELS.tolist(), "test": LABELS[::-1].tolist()}
        archive.writestr("labels.json", json.dumps(labels))
    forest = np.zeros((3, 55), dtype=np.int16)
    forest[:, -1] = [1, 7, 2]
    energy = np.hstack([TABLE, TABLE[:, :1]])
    columns = {"california_columns": np.array(list("abcd")), "energy_columns": np.array(list("abcde"))}
    np.savez(tmp_path / "tabular.npz", california=TABLE, energy=energy, covtype20k=forest, boston=TABLE, **columns)
    return tmp_path


# ---------------------------------------------------------------- a folder of our own


@pytest.mark.parametrize(("load", "images"), [(mnist, IMAGES), (cifar10, COLOURS)])
@pytest.mark.parametrize("part", ["train", "test"])
def test_images_come_in_order_and_as_they_are_stored(folder, load, images, part):
    expected = images if part == "train" else images[::-1]
    for rows in (None, 1, 4, 5):
        found = load(part, scaling="raw", rows=rows)
        assert np.array_equal(found.inputs, expected[:rows]) and found.inputs.dtype == np.float64
        assert found.targets.tolist() == (LABELS if part == "train" else LABELS[::-1])[:rows].tolist() and found.targets.dtype == np.int64
        assert (found.part, found.scaling, found.feature_names, len(found.target_names)) == (part, "raw", (), 10)


@pytest.mark.parametrize(("load", "images"), [(mnist, IMAGES), (cifar10, COLOURS)])
def test_images_are_scaled_as_they_are_told(folder, load, images):
    unit, standard = (load(scaling=scaling).inputs for scaling in ("unit", "standard"))
    assert unit == pytest.approx(images / 255.0, abs=ROUNDING)
    mean, deviation = data.CHANNELS[load.__name__]
    assert standard * deviation + mean == pytest.approx(unit, abs=ROUNDING)


def test_tables_split_their_targets_off_and_are_scaled_by_column(folder):
    raw, unit, standard = (tabular("california", scaling=scaling) for scaling in data.SCALINGS)
    assert raw.inputs.tolist() == TABLE[:, :3].tolist() and raw.targets.tolist() == TABLE[:, 3:].tolist()
    assert (raw.feature_names, raw.target_names, raw.part) == (("a", "b", "c"), ("d",), "all")
    assert unit.inputs.tolist() == [[0, 0, 0], [0.5, 0, 1], [1, 0, 0.5]]
    third = np.sqrt(1.5)  # 1, 2, 3 have deviation sqrt(2/3)
    assert standard.inputs == pytest.approx(np.array([[-third, 0, -third], [0, 0, third], [third, 0, 0]]), abs=ROUNDING)
    assert unit.targets.tolist() == standard.targets.tolist() == raw.targets.tolist()
    assert tabular("california", scaling="unit", rows=2).inputs.tolist() == unit.inputs[:2].tolist()


def test_two_targets_and_labels(folder):
    energy, forest = tabular("energy", scaling="raw"), tabular("covtype20k", scaling="raw")
    assert energy.targets.shape == (3, 2) and energy.target_names == ("d", "e")
    assert forest.targets.tolist() == [0, 6, 1] and forest.target_names[6] == "Krummholz"
    assert len(forest.feature_names) == forest.inputs.shape[1] == 54
    assert forest.one_hot.tolist() == np.eye(7)[[0, 6, 1]].tolist()
    with pytest.raises(TypeError, match="values, not labels"):
        _ = energy.one_hot


# ---------------------------------------------------------------- bad input


BAD = {
    "part": (lambda: mnist("validation", scaling="raw"), "'validation': expected one of train, test"),
    "part of CIFAR-10": (lambda: cifar10("all", scaling="raw"), "'all': expected one of train, test"),
    "scaling": (lambda: mnist(scaling="whitened"), "'whitened': expected one of raw, unit, standard"),
    "scaling none": (lambda: tabular("energy", scaling=None), "the scaling is None"),
    "name": (lambda: tabular("mnist", scaling="raw"), "'mnist': expected one of boston"),
    "no rows": (lambda: mnist(scaling="raw", rows=0), "rows = 0: expected an integer from 1 to 7"),
    "more rows than there are": (lambda: cifar10(scaling="raw", rows=8), "rows = 8: expected an integer from 1 to 7"),
    "rows a float": (lambda: tabular("energy", scaling="raw", rows=2.0), "rows = 2.0"),
    "columns that do not fit": (lambda: tabular("boston", scaling="raw"), "boston has shape (3, 4) for 14 columns"),
    "a table that is not there": (lambda: tabular("news", scaling="raw"), "news is not a file in the archive"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_clear_line(folder, case):
    call, words = BAD[case]
    with pytest.raises(ValueError) as caught:
        call()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


LOADS = {"mnist.npz": mnist, "cifar10.webp.zip": cifar10, "tabular.npz": lambda scaling: tabular("boston", scaling=scaling)}


@pytest.mark.parametrize("name", LOADS)
def test_a_missing_file_says_what_to_put_where(folder, name):
    (folder / name).unlink()
    with pytest.raises(DataMissing) as caught:
        LOADS[name](scaling="raw")
    assert f"set {data.VARIABLE} to a folder that holds {name} ({data.FILES[name]})" in str(caught.value)


@pytest.mark.parametrize("name", LOADS)
@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"], ids=["empty", "text", "cut off"])
def test_a_broken_file_is_named(folder, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError) as caught:
        LOADS[name](scaling="raw")
    assert str(folder / name) in str(caught.value) and f"expected {data.FILES[name]}" in str(caught.value)


def test_images_of_another_shape_or_number_are_refused(folder):
    with (folder / "mnist.npz").open("wb") as stream:
        np.save(stream, IMAGES)
    with pytest.raises(ValueError, match="expected uint8 arrays x_train"):
        mnist(scaling="raw")
    np.savez(folder / "mnist.npz", x_train=IMAGES[:, :5], y_train=LABELS)
    with pytest.raises(ValueError, match=r"x_train is uint8 of shape \(7, 5, 28\)"):
        mnist(scaling="raw")
    with zipfile.ZipFile(folder / "cifar10.webp.zip", "w") as archive:
        archive.writestr("train/000.webp", lossless(COLOURS))
        archive.writestr("labels.json", json.dumps({"classes": list("ab"), "train": [0] * 8, "test": []}))
    with pytest.raises(ValueError, match="7 images for 8 labels of train"):
        cifar10(scaling="raw")


def test_without_the_variable_the_folder_lies_beside_the_checkout(monkeypatch):
    monkeypatch.delenv(data.VARIABLE, raising=False)
    assert data.data_folder().parts[-2:] == ("shared", "data")


def test_without_scikit_learn_its_tables_say_so(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sklearn", None)  # an import of it fails
    with pytest.raises(DataMissing, match=r"pip install 'stepverdict\[data\]'"):
        tabular("iris", scaling="raw")


# ---------------------------------------------------------------- the real files


def needs(name):
    there = (data.data_folder() / name).is_file()
    return pytest.mark.skipif(not there, reason=f"{name} is missing from the data folder ({data.VARIABLE})")


@needs("mnist.npz")
def test_mnist_is_mnist():
    train, test = mnist(scaling="unit"), mnist("test", scaling="standard", rows=100)
    assert np.bincount(train.targets).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert train.targets[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4] and test.targets[:5].tolist() == [7, 2, 1, 0, 4]
    assert (train.inputs.mean(), train.inputs.std()) == pytest.approx([c[0] for c in data.CHANNELS["mnist"]], abs=5e-5)  # four digits


@needs("cifar10.webp.zip")
def test_cifar10_is_cifar10():
    found = cifar10("test", scaling="standard")
    assert np.bincount(found.targets).tolist() == [1000] * 10 and found.target_names[:2] == ("airplane", "automobile")
    # train and test come from one collection: means of 10,240,000 pixels of strongly correlated images agree to a few hundredths
    assert np.abs(found.inputs.mean(axis=(0, 1, 2))).max() < 0.05 and np.abs(found.inputs.std(axis=(0, 1, 2)) - 1).max() < 0.05


TABLES = {  # rows, columns, mean of the first target or the labels' counts
    "boston": (506, 13, 22.532806),
    "california": (20640, 8, 2.068558),
    "energy": (768, 8, 22.307195),
    "news": (39644, 53, 3395.380184),
    "covtype20k": (20000, 54, [2942, 6022, 2160, 2160, 2396, 2160, 2160]),
    "iris": (150, 4, [50, 50, 50]),
    "digits": (1797, 64, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]),
    "breast_cancer": (569, 30, [212, 357]),
}


@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in data.IN_SCIKIT_LEARN else needs("tabular.npz")) for n in TABLES])
def test_the_tables_are_what_they_are_called(name):
    if name in data.IN_SCIKIT_LEARN:
        pytest.importorskip("sklearn", reason="scikit-learn is missing (extra data)")
    rows, columns, expected = TABLES[name]
    found = tabular(name, scaling="standard")
    assert found.inputs.shape == (rows, columns) and len(found.feature_names) == columns
    moving = found.inputs.std(axis=0) > 0.5  # the others are constant, and 0
    # means and deviations of up to 40,000 numbers, some of size 1e6 after a shift of 1e5: 1e-9 and no more is lost
    assert np.abs(found.inputs.mean(axis=0)).max() < 1e-9 and np.abs(found.inputs[:, moving].std(axis=0) - 1).max() < 1e-9
    assert not found.inputs[:, ~moving].any()
    if isinstance(expected, list):
        assert np.bincount(found.targets).tolist() == expected
    else:
        assert found.targets[:, 0].mean() == pytest.approx(expected, rel=1e-6)  # as printed
