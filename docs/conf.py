"""Sphinx's settings. Everything is built offline: claim pages come from the ledger, formulas become MathML."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).parent / "_ext")]

from theory import __version__  # noqa: E402  (the path comes first)

project = "stepverdict"
author = "The stepverdict authors"
copyright = "The stepverdict authors, MIT licence"
version = release = __version__

extensions = ["myst_parser", "mathml", "claim_pages", "benchmark_pages"]
myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 3
html_math_renderer = "mathml"
exclude_patterns = ["_ext", "README.md", "gallery/*.md"]
nitpicky = True
suppress_warnings = ["config.cache"]

smartquotes = False  # x' is the next iterate, not a quotation

html_theme = "furo"
html_title = f"stepverdict {version}"
html_static_path = ["_static"]
html_css_files = ["claims.css"]
html_copy_source = False
html_show_sourcelink = False
