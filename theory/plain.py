r"""LaTeX between dollar signs as plain text, for a terminal: `$\delta\le\frac{2}{L}$` reads `delta <= 2/L`."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[A-Za-z]|\d+|\s+|.", re.DOTALL)
_RELATIONS = {
    "=": "=", "<": "<", ">": ">", r"\le": "<=", r"\ge": ">=", r"\ne": "!=", r"\neq": "!=", r"\to": "->",
    r"\leftarrow": "<-", r"\mapsto": "->", r"\Rightarrow": "=>", r"\approx": "~", r"\in": "in", r"\notin": "not in",
    r"\subset": "is a subset of", r"\setminus": "without", r"\times": "x", r"\cdot": "*",
}  # fmt: skip
_WORDS = {r"\nabla": "grad", r"\partial": "d", r"\infty": "oo", r"\prod": "product", r"\int": "integral", r"\ell": "l"}
_SIGNS = {
    r"\|": "||", r"\{": "{", r"\}": "}", r"\langle": "<", r"\rangle": ">", r"\top": "T", r"\cdots": " ... ",
    r"\dots": "...", r"\left": "", r"\right": "", r"\big": "", r"\ ": " ", r"\,": " ", r"\;": " ", r"\%": "%",
}  # fmt: skip
_ACCENTS = {r"\hat": "hat", r"\bar": "bar", r"\tilde": "tilde", r"\dot": "dot"}
_FONTS = {r"\mathbb", r"\mathcal", r"\mathrm", r"\text", r"\operatorname", r"\mathbf"}


def readable(text: str) -> str:
    r"""The text with every `$...$` in plain characters; a command that is not known keeps its name.

    Example:
        >>> readable(r"$\rho(R)\le\left(\frac{2}{L\delta}\right)^{L/(2L-2)}$ almost surely")
        'rho(R) <= (2/(L delta))^(L/(2L-2)) almost surely'
    """
    return re.sub(r"(?<!\\)\$(.*?)(?<!\\)\$", lambda m: _Reader(m[1]).all(), text, flags=re.DOTALL)


class _Reader:
    """Reads one formula from left to right."""

    def __init__(self, formula: str) -> None:
        self.tokens = _TOKEN.findall(formula)
        self.at = 0

    def all(self) -> str:
        """The whole formula."""
        parts: list[str] = []
        while self.at < len(self.tokens):
            parts.append(self.piece())
        return re.sub(r"\s+", " ", _joined(parts)).strip()

    def next(self) -> str:
        token = self.tokens[self.at] if self.at < len(self.tokens) else ""
        self.at += 1
        return token

    def argument(self) -> str:
        """A group in braces, or the next piece; spaces before it do not count."""
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        if self.at < len(self.tokens) and self.tokens[self.at].isdigit():
            # TeX takes one digit: \frac12 is one half
            number = self.tokens[self.at]
            self.tokens[self.at : self.at + 1] = list(number)
        return self.piece().strip()

    def group(self) -> str:
        parts: list[str] = []
        while self.at < len(self.tokens) and self.tokens[self.at] != "}":
            parts.append(self.piece())
        self.at += 1
        return _joined(parts)

    def piece(self) -> str:
        token = self.next()
        if token == "{":
            return self.group()
        if token in _RELATIONS:
            return f" {_RELATIONS[token]} "
        if token in _SIGNS:
            return _SIGNS[token]
        if token in ("^", "_"):
            return self.script(token)
        if token == r"\frac":
            top, bottom = self.argument(), self.argument()
            return f"{_wrapped(top, r'[-+ ]')}/{_wrapped(bottom, r'[-+ /*]|[0-9A-Za-z)][A-Za-z(]')}"
        if token == r"\sqrt":
            return f"sqrt({self.argument()})"
        if token in _ACCENTS:
            return f"{_ACCENTS[token]}({self.argument()})"
        if token in _FONTS:
            return self.argument()
        return _WORDS.get(token, token[1:]) if token.startswith("\\") else token

    def script(self, mark: str) -> str:
        text = self.argument()
        return mark + (text if re.fullmatch(r"\w+|[-+*']|[A-Za-z]\w*", text) else f"({text})")


def _wrapped(text: str, trouble: str) -> str:
    return f"({text})" if re.search(trouble, text) and not _is_call(text) else text


def _is_call(text: str) -> bool:
    """`(...)`, `||...||` or `name(...)` as a whole needs no brackets."""
    return bool(re.fullmatch(r"\w*\([^()]*\)|\|\|[^|]*\|\||\|[^|]*\||[A-Za-z]+", text))


def _joined(parts: list[str]) -> str:
    """The pieces, with a space where a word would run into what stands beside it."""
    text, before = "", False
    for part in parts:
        word = re.match(r"[A-Za-z]{2,}", part) is not None
        text += " " + part if (word and text[-1:].isalnum()) or (before and part[:1].isalnum()) else part
        before = re.search(r"[A-Za-z]{2,}$", part) is not None
    return text


__all__ = ["readable"]
