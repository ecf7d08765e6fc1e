"""Formulas as MathML: no network, no LaTeX, no JavaScript."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError


def to_mathml(latex: str, display: str) -> str:
    """MathML of a formula; a command that the converter does not know is an error, not a red word on the page."""
    try:
        found = convert(latex, display=display)
    except Exception as error:  # its exceptions share no class, and do not name the formula
        raise ExtensionError(f"latex2mathml cannot read {latex}: {type(error).__name__}") from error
    if "<mtext>\\" in found or "<mi>\\" in found:
        raise ExtensionError(f"latex2mathml does not know a command of {latex}")
    return found


def inline(translator: Any, node: nodes.math) -> None:
    """`$...$` in a sentence."""
    translator.body.append(f'<span class="math">{to_mathml(node.astext(), "inline")}</span>')
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    """A formula on a line of its own."""
    translator.body.append(f'<div class="math-wrapper">{to_mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer under the name `mathml`."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
