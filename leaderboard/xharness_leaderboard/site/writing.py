"""Write the files of the site from the content of leaderboard.json."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xharness import few
from xharness_leaderboard.site import charts, marks, tables
from xharness_leaderboard.site.heat import SHADES, scales
from xharness_leaderboard.site.index import index_page
from xharness_leaderboard.site.model import model_pages
from xharness_leaderboard.site.names import labels
from xharness_leaderboard.site.robustness import marks_of

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def write_site(board: Mapping[str, Any], out: Path) -> list[Path]:
    """Write index.html, models/<id>.html and leaderboard.csv below `out`, and return their paths.

    `board` is the validated content of leaderboard.json; index.html links to that file in the same folder.
    """
    env = _environment()
    names, scale = labels(board["entries"]), scales(board)
    style, script, copy = (_text(name) for name in ("site.css", "site.js", "copy.js"))
    page = index_page(board, names, scale)
    drawn = charts.draw(board, names, marks_of(board, page["robust"]))
    content = env.get_template("index.html").render(
        page, style=style, script=script, digest=_digest(script), charts=drawn
    )
    (out / "models").mkdir(parents=True, exist_ok=True)
    written = [_write(out / "index.html", content), _write(out / "leaderboard.csv", tables.csv_of(board))]
    template = env.get_template("model.html")
    shared = {"style": style, "script": copy, "digest": _digest(copy)}
    for id, about in model_pages(board, names, scale):
        written.append(_write(out / "models" / f"{id}.html", template.render(about, **shared)))
    return written


def _environment() -> Environment:
    import jinja2

    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        score_cell=marks.score_cell,
        difference_cell=marks.difference_cell,
        legend={mark: marks.WORDS[state] for state, mark in marks.MARKS.items()} | {marks.FLAGGED: marks.FLAG},
        shades=range(SHADES),
    )
    env.filters.update(
        number=marks.number,
        signed=marks.signed,
        interval=marks.interval,
        size=marks.size,
        duration=marks.duration,
        percent=marks.percent,
        some=few,
    )
    return env


def _text(name: str) -> Any:
    """Return the content of a file that is included in pages without escaping."""
    from markupsafe import Markup

    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def _digest(script: str) -> str:
    """Return the hash of a script for the content security policy of its page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _write(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8", errors="backslashreplace", newline="\n")
    return path
