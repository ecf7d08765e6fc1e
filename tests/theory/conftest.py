"""Fixtures of the tests of the ledger and the command."""

import importlib.util
import sys
from pathlib import Path

_spec = importlib.util.spec_from_file_location("toy", Path(__file__).with_name("toy.py"))
assert _spec is not None and _spec.loader is not None
_module = importlib.util.module_from_spec(_spec)
sys.modules["toy"] = _module
_spec.loader.exec_module(_module)
toy = _module.toy
