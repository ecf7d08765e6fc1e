"""Writes the pages of the ledger, docs/ledger/, before Sphinx reads the sources: every verdict is computed anew."""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from theory.catalog import VERDICTS, Paper, load_claims, papers
from theory.ledger import ordered, verify
from theory.markers import ID
from theory.plain import readable
from theory.report import HEADINGS
from theory.verdict import Verdict

DOCS = Path(__file__).parent.parent
LONGEST_HEADING = 90


def write_pages(app: Sphinx) -> None:
    """One page a paper, one page a claim, and the gallery."""
    folder = Path(app.srcdir) / "ledger"
    shutil.rmtree(folder, ignore_errors=True)
    verdicts = ordered(verify(load_claims().values(), jobs=os.cpu_count() or 1))
    write(folder / "index.md", index(verdicts))
    for key, paper in papers().items():
        own = [v for v in verdicts if v.paper == key]
        write(folder / key / "index.md", paper_page(paper, own))
        for verdict in own:
            write(folder / key / f"{slug(verdict.id)}.md", claim_page(verdict))
    write(folder / "gallery.md", gallery())


def write(path: Path, text: str) -> None:
    """Write a page, and its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def slug(claim_id: str) -> str:
    """The claim's page, without its paper."""
    return claim_id.split(":", 1)[1]


def badge(verdict: str) -> str:
    """The verdict as a coloured word."""
    return f'<span class="verdict verdict-{verdict}">{verdict}</span>'


def index(verdicts: list[Verdict]) -> str:
    """The ledger: papers against verdicts."""
    used = [n for n in VERDICTS if any(v.verdict == n for v in verdicts)]
    lines = ["# The ledger", "", f"{len(verdicts)} claims. Each verdict was computed when this page was built.", ""]
    lines += ["| paper | " + " | ".join(used) + " | claims |", "|---|" + "---:|" * (len(used) + 1)]
    for key, paper in papers().items():
        own = [v for v in verdicts if v.paper == key]
        counts = Counter(v.verdict for v in own)
        cells = " | ".join(str(counts[n] or "") for n in used)
        lines.append(f"| [{paper.title}]({key}/index.md) | {cells} | {len(own)} |")
    lines += ["", "How a verdict is earned: [](../verdicts.md).", "", "```{toctree}", ":hidden:", ""]
    lines += [f"{key}/index" for key in papers()]
    return "\n".join([*lines, "```", ""])


def paper_page(paper: Paper, verdicts: list[Verdict]) -> str:
    """All claims of one paper, in the order of its pages."""
    lines = [f"# {paper.title}", "", f"{paper.authors}, {paper.year}. {paper.venue}.", ""]
    lines += ["| claim | verdict | where | what the paper says |", "|---|---|---|---|"]
    for v in verdicts:
        lines.append(f"| [{slug(v.id)}]({slug(v.id)}.md) | {badge(v.verdict)} | {code_free(v.where)} | {cell(v.printed)} |")
    return "\n".join([*lines, ""])


def cell(latex: str) -> str:
    """A claim in a table's cell: plain, since a bar inside a formula would end the cell."""
    text = readable(latex)
    short = text if len(text) <= LONGEST_HEADING else text[:LONGEST_HEADING].rsplit(" ", 1)[0] + " ..."
    return code_free(short).replace("|", "\\|")


def code_free(text: str) -> str:
    """Plain text that Markdown leaves as it is."""
    for sign in "\\`*_{}[]<>#$":
        text = text.replace(sign, "\\" + sign)
    return text


def formula(latex: str) -> list[str]:
    """A formula on a line of its own."""
    return ["```{math}", latex, "```", ""]


def claim_page(v: Verdict) -> str:
    """Everything the ledger knows of one claim."""
    home = f"[{papers()[v.paper].title}](index.md)"
    lines = [
        *(
            "---",
            "orphan: true",
            "---",
            "",
        ),  # reached from its paper's table; a list of 381 pages beside each helps nobody
        f"# {v.id}",
        "",
        f"{badge(v.verdict)} &nbsp; {v.kind}, {code_free(v.where)}, in {home}",
        "",
        "## As printed",
        "",
        v.printed,
        "",
    ]
    if v.formal:
        lines += ["## Formally", "", *statement(v.formal)]
    lines += refutation(v)
    if v.why:
        lines += [f"**Why.** {v.why if '$' in v.why else code_free(v.why)}", ""]
    if v.amended:
        lines += ["## Amended", "", *statement(v.amended)]
    for p in v.proofs:
        lines += proof(p)
    return "\n".join([*lines, *checks(v), *sources(v)])


def statement(data: dict[str, Any]) -> list[str]:
    """Hypotheses and conclusion."""
    lines: list[str] = []
    for h in data["latex_given"]:
        lines += formula(h)
    then = [line for part in data["latex_then"] for line in formula(part)]
    names = ["Here", "", *(f"- {code_free(name)}" for name in data["names"]), ""] if data["names"] else []
    return [*(["Given", "", *lines, "it follows that", ""] if lines else []), *then, *names]


def refutation(v: Verdict) -> list[str]:
    """The point at which the printed form fails."""
    if not v.counterexample:
        return []
    lines = ["## Refuted", "", "All hypotheses hold at", "", *point(v.counterexample)]
    if v.refutation:
        lines += ["where the conclusion is", "", *formula(v.refutation["latex"]), "and so fails.", ""]
    return lines


def point(values: dict[str, str]) -> list[str]:
    """An exact point, one value a line."""
    return [*(f"- `{k} = {value}`" for k, value in values.items()), ""]


def proof(data: dict[str, Any]) -> list[str]:
    """The numbered steps."""
    lines = [f"## {HEADINGS[data['of']]}", ""]
    lines += statement(data["statement"]) if data["of"] == "beyond" else []
    lines += [code_free(data["about"]), ""] if data["about"] else []
    for step in data["steps"]:
        used = f"From {', '.join(map(str, step['uses']))}: " if step["uses"] else ""
        lines += [f"{step['n']}. {used}{code_free(step['reason'] or step['name'])}", ""]
        lines += [f"   {line}" for line in formula(step["latex"])]
        if step["under"]:
            lines += [f"   if {', '.join(f'`{h}`' for h in step['under'])}", ""]
    return lines


def checks(v: Verdict) -> list[str]:
    """Tightness, witness, mutants: what makes the verdict worth having."""
    lines: list[str] = []
    if v.tightness:
        lines += [
            f"**Tight.** {({True: 'Yes', False: 'No', None: 'Not known'})[v.tight]}: {code_free(v.tightness)}",
            "",
        ]
    if v.witness:
        lines += ["## Holds at", "", *point(v.witness)]
    if v.mutants:
        lines += ["## Mutants", "", f"{v.mutants['rejected']} of {v.mutants['total']} wrong variants rejected.", ""]
        lines += ["| variant | fails at |", "|---|---|"]
        lines += [f"| {code_free(m['what']).replace('|', chr(92) + '|')} | {cell_code(m['at'])} |" for m in v.mutant_list]
        lines.append("")
    return lines


def cell_code(text: str) -> str:
    """Code in a table's cell."""
    return f"`{text}`".replace("|", "\\|") if text else "survives"


def sources(v: Verdict) -> list[str]:
    """What it trusts, and where its evidence stands."""
    lines = ["## Trusts", "", ", ".join(f"`{t}`" for t in v.trusts), ""] if v.trusts else []
    if v.evidence:
        lines += ["## Evidence", "", *(f"- {e['kind']}: {place(e)}" for e in v.evidence), ""]
    lines += [f"- problem: {code_free(' '.join(p.split()))}" for p in v.problems]
    return [*lines, "", "```console", f"$ stepverdict show {v.id}", f"$ stepverdict cite {v.id}", "```", ""]


def place(evidence: dict[str, str]) -> str:
    """Where a piece of evidence stands; a demo with a link to its figure."""
    where = evidence["where"]
    if evidence["kind"] != "demo":
        return f"`{where}`"
    return f"[`{where}`](../gallery.md#{heading(Path(where)).lower().replace(' ', '-')})"


def gallery() -> str:
    """The demos: what each shows (its docstring) and its figure, where one was committed."""
    lines = ["# Demos", "", "Each is one script; `make demos` runs them all.", ""]
    scripts = sorted(p for p in (DOCS.parent / "demos").glob("*_*.py") if not p.name.startswith("_"))
    for script in scripts:
        lines += demo(script)
    if not scripts:
        lines += ["None yet.", ""]
    return "\n".join(lines)


def heading(script: Path) -> str:
    """The demo's name in words."""
    return script.stem.replace("_", " ").capitalize()


def demo(script: Path) -> list[str]:
    """One demo: its docstring with the claims as links, its command, its figures and the numbers behind them."""
    words = ast.get_docstring(ast.parse(script.read_text(encoding="utf-8"))) or ""
    head, _, rest = words.partition("\n")
    lines = [f"## {heading(script)}", "", linked(head), "", linked(rest.strip()), ""]
    lines += ["```console", f"$ python demos/{script.name} --quick", "```", ""]
    for figure in sorted((DOCS / "gallery").glob(f"{script.stem}*.png")):
        lines += [f"```{{image}} ../gallery/{figure.name}", f":alt: {head.replace(chr(34), '')}", "```", ""]
        files = {"full size": figure, "numbers": figure.with_suffix(".json")}
        lines += [", ".join(f"[{name}](../gallery/{file.name})" for name, file in files.items() if file.is_file()), ""]
    return lines


def linked(text: str) -> str:
    """Plain text, with a link to the page of each claim that it names."""
    claims = load_claims()

    def link(found: re.Match[str]) -> str:
        return f"[{found[0]}]({found[0].replace(':', '/')}.md)" if found[0] in claims else found[0]

    return ID.sub(link, code_free(text))


def setup(app: Sphinx) -> dict[str, Any]:
    """Write the pages as soon as the builder is known, before the sources are read."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
