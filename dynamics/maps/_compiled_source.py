"""Generated source kept in files: numba and Triton need a file to compile from, and numba keeps machine code beside it."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

from theory.files import write_whole


def cache_folder() -> Path:
    """Return where compiled kernels are kept.

    ``$STEPVERDICT_CACHE`` if it is set, otherwise ``stepverdict`` in ``$XDG_CACHE_HOME`` or in ``~/.cache``.
    """
    if own := os.environ.get("STEPVERDICT_CACHE"):
        return Path(own)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stepverdict"


def load(source: str) -> ModuleType:
    """Return the module that a source makes, imported from a file named after its contents.

    Raises:
        OSError: If the folder cannot be written.
    """
    name = f"stepverdict_kernel_{hashlib.sha256(source.encode()).hexdigest()[:24]}"
    if name in sys.modules:
        return sys.modules[name]
    path = cache_folder() / f"{name}.py"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # a file that is there already is left alone: numba's machine code is void as soon as its time stamp changes
        if not (path.is_file() and path.read_text(encoding="utf-8") == source):
            write_whole(path, source)
    except OSError as error:
        raise OSError(
            f"compiled kernels cannot be kept in {path.parent} ({error.strerror}): set STEPVERDICT_CACHE to a folder to write in"
        ) from error
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise OSError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # numba looks the module up by name when it loads machine code
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
