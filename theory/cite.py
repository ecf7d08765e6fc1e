"""BibTeX for a claim: its paper, with the claim's number, and this project, with its version and the verdict."""

from __future__ import annotations

from theory import __version__
from theory.catalog import Claim, Paper, recorded_verdicts

# How each paper was published; a paper without an entry here is cited as @misc with its venue.
PUBLISHED: dict[str, tuple[str, dict[str, str]]] = {
    "nar-sastry": (
        "inproceedings",
        {"booktitle": "Advances in Neural Information Processing Systems", "volume": "31", "pages": "3436--3444"},
    ),
    "ni-talnikar": ("misc", {"eprint": "1905.04561", "archiveprefix": "arXiv"}),
    "dherin-rosca": ("misc", {"eprint": "2402.08818", "archiveprefix": "arXiv"}),
    "yedida-saha": (
        "article",
        {"journal": "Applied Intelligence", "volume": "51", "eprint": "1902.07399", "archiveprefix": "arXiv"},
    ),
    "mutschler-zell": (
        "inproceedings",
        {
            "booktitle": "Artificial Neural Networks and Machine Learning (ICANN)",
            "eprint": "2103.17132",
            "archiveprefix": "arXiv",
        },
    ),
}
_SPECIAL = str.maketrans({c: f"\\{c}" for c in "&%#_$"})


def bibtex(claim: Claim) -> str:
    """Two entries: the paper, its note the place of the claim, and this project, its note the recorded verdict.

    Example:
        >>> from theory.catalog import only
        >>> print(bibtex(only("nar-sastry:theorem-1")).splitlines()[0])
        @inproceedings{nar-sastry-2018,
    """
    return f"{_paper(claim.paper, claim.where)}\n\n{_project(claim)}"


def _paper(paper: Paper, where: str) -> str:
    kind, published = PUBLISHED.get(paper.key, ("misc", {"howpublished": _escaped(paper.venue)}))
    fields = {
        "author": _escaped(paper.authors),
        "title": f"{{{_escaped(paper.title)}}}",
        "year": str(paper.year),
        **published,
        "note": _escaped(where),
    }
    return _entry(kind, f"{paper.key}-{paper.year}", fields)


def _project(claim: Claim) -> str:
    verdict = recorded_verdicts().get(claim.id)
    said = f"verdict on {claim.id}: {verdict}" if verdict else f"no verdict on {claim.id} is recorded"
    fields = {
        "author": "{The stepverdict authors}",
        "title": "{stepverdict: machine-checked theory of step sizes in gradient descent}",
        "version": __version__,
        "note": _escaped(f"Version {__version__}; {said}"),
    }
    return _entry("software", f"stepverdict-{__version__}", fields)


def _entry(kind: str, key: str, fields: dict[str, str]) -> str:
    width = max(map(len, fields))
    lines = [f"  {name.ljust(width)} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def _escaped(text: str) -> str:
    return text.translate(_SPECIAL)


__all__ = ["bibtex"]
