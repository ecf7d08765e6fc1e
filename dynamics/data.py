"""Real data for experiments, as float64 arrays with names.

MNIST, CIFAR-10 and the larger tables are read from a folder of the user's own: the environment variable `VARIABLE` names it; where
that is unset, a checkout takes ``../shared/data`` beside it. Iris, digits and breast cancer come with scikit-learn (extra ``data``).
Nothing is downloaded.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

VARIABLE = "STEPVERDICT_DATA"
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
FILES = {
    "mnist.npz": "uint8 arrays x_train, y_train, x_test, y_test",
    "cifar10.webp.zip": "columns of 32x32 images, lossless WebP, under train/ and test/; labels.json with classes, train, test",
    "tabular.npz": "arrays boston, california, energy, news, covtype20k, targets last",
}

SCALINGS = ("raw", "unit", "standard")
# Mean and standard deviation of each channel over the training part, in units of 255, to four digits.
CHANNELS = {
    "mnist": (np.array([0.1307]), np.array([0.3081])),
    "cifar10": (np.array([0.4914, 0.4822, 0.4465]), np.array([0.2470, 0.2435, 0.2616])),
}

BOSTON = ("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT", "MEDV")
TERRAIN = (
    *("Elevation", "Aspect", "Slope", "Horizontal_Distance_To_Hydrology", "Vertical_Distance_To_Hydrology"),
    *("Horizontal_Distance_To_Roadways", "Hillshade_9am", "Hillshade_Noon", "Hillshade_3pm", "Horizontal_Distance_To_Fire_Points"),
)
COVTYPE = (*TERRAIN, *(f"Wilderness_Area_{i}" for i in range(4)), *(f"Soil_Type_{i}" for i in range(40)), "Cover_Type")
FORESTS = ("Spruce/Fir", "Lodgepole Pine", "Ponderosa Pine", "Cottonwood/Willow", "Aspen", "Douglas-fir", "Krummholz")
TARGETS = {"boston": 1, "california": 1, "energy": 2, "news": 1, "covtype20k": 1}
IN_SCIKIT_LEARN = ("iris", "digits", "breast_cancer")


class DataMissing(FileNotFoundError):
    """A file or a package with data is not there; the message says what to put where."""


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """Inputs and targets, in the order of their source.

    Attributes:
        name: Which data.
        part: ``train`` or ``test``; ``all`` for a table, which has no parts.
        scaling: How the inputs were scaled: ``raw``, ``unit`` or ``standard``. Targets never are.
        inputs: float64: images ``(N, 28, 28)`` or ``(N, 32, 32, 3)``, rows of a table ``(N, n)``.
        targets: Labels, int64, shape ``(N,)``, counted from 0; or values, float64, shape ``(N, m)``.
        feature_names: The n columns of a table; empty for images.
        target_names: The classes, by label; or the m columns of values.
    """

    name: str
    part: str
    scaling: str
    inputs: Floats
    targets: NDArray[Any]
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]

    @property
    def one_hot(self) -> Floats:
        """Labels as rows of the identity, float64, shape ``(N, classes)``; raises ``TypeError`` for values."""
        if self.targets.dtype != np.int64:
            raise TypeError(f"the targets of {self.name} are values, not labels: use them as they are")
        return np.eye(len(self.target_names))[self.targets]


def mnist(part: str = "train", *, scaling: str, rows: int | None = None) -> DataSet:
    """Return MNIST: 60,000 images to train on, 10,000 to test on, in the original order.

    Args:
        part: ``train`` or ``test``.
        scaling: ``raw`` (0 to 255), ``unit`` (over 255), or ``standard`` (then minus 0.1307, over 0.3081: mean and deviation of the
            training part).
        rows: Only the first so many; all of them are 376 MB.

    Raises:
        DataMissing: If there is no ``mnist.npz`` in the data folder.
        ValueError: For another part or scaling, rows out of range, or a file that holds something else.
    """
    _known("part", part, ("train", "test"))
    _known("scaling", scaling, SCALINGS)
    with _opened("mnist.npz") as stream, np.load(stream) as file:
        images, labels = file[f"x_{part}"], file[f"y_{part}"].astype(np.int64)
        if images.shape[1:] != (28, 28) or images.dtype != np.uint8 or labels.shape != images.shape[:1]:
            raise ValueError(f"x_{part} is {images.dtype} of shape {images.shape}")
    taken = _rows(rows, len(images))
    inputs = _scaled_images("mnist", images[:taken, :, :, None], scaling)[..., 0]
    return DataSet("mnist", part, scaling, inputs, labels[:taken], (), tuple(map(str, range(10))))


def cifar10(part: str = "train", *, scaling: str, rows: int | None = None) -> DataSet:
    """Return CIFAR-10: 50,000 images to train on, in the original order, and 10,000 to test on, shuffled.

    Args:
        part: ``train`` or ``test``.
        scaling: ``raw`` (0 to 255), ``unit`` (over 255), or ``standard`` (then each channel minus its mean, over its deviation, of the
            training part: `CHANNELS`).
        rows: Only the first so many; all of them are 1.2 GB and 4 s.

    Raises:
        DataMissing: If there is no ``cifar10.webp.zip`` in the data folder.
        ValueError: For another part or scaling, rows out of range, or a file that holds something else.
    """
    from PIL import Image  # here, so that importing dynamics does not import Pillow

    _known("part", part, ("train", "test"))
    _known("scaling", scaling, SCALINGS)
    with _opened("cifar10.webp.zip") as stream, zipfile.ZipFile(stream) as archive:
        known = json.loads(archive.read("labels.json"))
        labels = np.array(known[part], dtype=np.int64)
        taken, images = _rows(rows, len(labels)), np.empty((0, 32, 32, 3), dtype=np.uint8)
        for name in sorted(n for n in archive.namelist() if n.startswith(f"{part}/") and n.endswith(".webp")):
            if len(images) >= taken:
                break
            column = np.asarray(Image.open(io.BytesIO(archive.read(name))).convert("RGB"))
            images = np.concatenate([images, column.reshape(-1, 32, 32, 3)])
        if len(images) < taken:
            raise ValueError(f"{len(images)} images for {taken} labels of {part}")
    return DataSet(
        "cifar10", part, scaling, _scaled_images("cifar10", images[:taken], scaling), labels[:taken], (), tuple(known["classes"])
    )


def tabular(name: str, *, scaling: str, rows: int | None = None) -> DataSet:
    """Return a table.

    Args:
        name: From the data folder ``boston`` (506 rows, 13 columns), ``california`` (20,640, 8), ``energy`` (768, 8; two targets), ``news``
            (39,644, 53) and ``covtype20k`` (20,000, 54; labels are the cover type less 1); from scikit-learn ``iris`` (150, 4), ``digits``
            (1,797, 64) and ``breast_cancer`` (569, 30).
        scaling: ``raw``; ``unit`` (each column from 0 to 1); or ``standard`` (each column with mean 0 and deviation 1). Both over all rows
            of the table; a column that is constant becomes 0.
        rows: Only the first so many.

    Raises:
        DataMissing: If there is no ``tabular.npz`` in the data folder, or no scikit-learn.
        ValueError: For an unknown name or scaling, rows out of range, or a file that holds something else.

    Example:
        >>> iris = tabular("iris", scaling="standard", rows=100)
        >>> iris.inputs.shape, iris.feature_names[0], iris.target_names[iris.targets[-1]]
        ((100, 4), 'sepal length (cm)', 'versicolor')
    """
    _known("table", name, (*TARGETS, *IN_SCIKIT_LEARN))
    _known("scaling", scaling, SCALINGS)
    inputs, targets, features, names = _from_scikit_learn(name) if name in IN_SCIKIT_LEARN else _from_folder(name)
    taken = _rows(rows, len(inputs))
    return DataSet(name, "all", scaling, _scaled_columns(inputs, scaling)[:taken], targets[:taken], features, names)


def data_folder() -> Path:
    """Return the folder of the data, which need not exist."""
    return Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else BESIDE


@contextmanager
def _opened(name: str) -> Iterator[Any]:
    """Yield a file of the data folder, open; what goes wrong while it is read is one line that names it."""
    path = data_folder() / name
    if not path.is_file():
        raise DataMissing(f"{path} is missing: set {VARIABLE} to a folder that holds {name} ({FILES[name]})")
    try:
        with path.open("rb") as stream:
            yield stream
    except (KeyError, TypeError, ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: {error}; expected {FILES[name]}") from error


def _from_folder(name: str) -> tuple[Floats, NDArray[Any], tuple[str, ...], tuple[str, ...]]:
    with _opened("tabular.npz") as stream, np.load(stream) as file:
        table = file[name].astype(np.float64)
        columns = {"boston": BOSTON, "covtype20k": COVTYPE}.get(name) or tuple(map(str, file[f"{name}_columns"]))
        if table.ndim != 2 or table.shape[1] != len(columns):
            raise ValueError(f"{name} has shape {table.shape} for {len(columns)} columns")
    inputs, targets = np.split(table, [-TARGETS[name]], axis=1)
    features, names = columns[: -TARGETS[name]], columns[-TARGETS[name] :]
    if name == "covtype20k":
        return inputs, targets[:, 0].astype(np.int64) - 1, features, FORESTS
    return inputs, targets, features, names


def _from_scikit_learn(name: str) -> tuple[Floats, NDArray[Any], tuple[str, ...], tuple[str, ...]]:
    try:
        from sklearn import datasets
    except ImportError:
        raise DataMissing(f"{name} comes with scikit-learn, which is not installed: pip install 'stepverdict[data]'") from None
    load: Callable[[], Any] = getattr(datasets, f"load_{name}")
    found = load()
    return found.data.astype(np.float64), found.target.astype(np.int64), tuple(found.feature_names), tuple(map(str, found.target_names))


def _scaled_images(name: str, images: NDArray[np.uint8], scaling: str) -> Floats:
    if scaling == "raw":
        return images.astype(np.float64)
    if scaling == "unit":
        return images / 255
    mean, deviation = CHANNELS[name]
    return (images / 255 - mean) / deviation


def _scaled_columns(inputs: Floats, scaling: str) -> Floats:
    if scaling == "raw":
        return inputs
    low, high = inputs.min(axis=0), inputs.max(axis=0)
    shift, width = (low, high - low) if scaling == "unit" else (inputs.mean(axis=0), inputs.std(axis=0))
    return np.where(low == high, 0.0, (inputs - shift) / np.where(low == high, 1.0, width))


def _known(what: str, value: Any, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ValueError(f"the {what} is {value!r}: expected one of {', '.join(known)}")


def _rows(rows: int | None, total: int) -> int:
    if rows is None:
        return total
    if type(rows) is not int or not 1 <= rows <= total:
        raise ValueError(f"rows = {rows!r}: expected an integer from 1 to {total}")
    return rows
