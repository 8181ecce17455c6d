"""The HTML of an interactive figure: for a notebook, for a page that has plotly.js already, or as a file of its own.

A notebook gets plotly.js from the installed package, once: the copy stands in the output of one cell, and all figures
of the page use it, in whatever order the browser meets them.  There is never a word of another server.
"""

import base64
import hashlib
import json
import os
from html import escape
from importlib.resources import files
from typing import Any

from riemlearn.errors import MissingExtra, require

PAGE = "RIEMLEARN_PLOTLY"
"""Environment variable: with the value ``page``, the head of the page holds plotly.js, and no figure brings it."""

_PLACE = "riemlearn.plot"


def plotly_source() -> str:
    """plotly.js as the installed package has it, in a script that also works where a module loader is on the page.

    Raises
    ------
    MissingExtra
        If plotly is not installed.
    """
    source = require("plotly.offline", "plot").get_plotlyjs()
    # With require.js on the page some versions register themselves as a module there and leave window alone:
    # hidden behind these names there is no loader, so that they take window.
    return (
        '<script type="text/javascript">if (!window.Plotly) {(function (define, module, exports, require) {\n'
        f"{source}\n"
        "}).call(window);}</script>"
    )


def figure_html(figure: dict[str, Any], still: bytes | None, alt: str) -> str:
    """Box, static picture and script of one figure; plotly.js must be, or come, on the same page.

    The static picture stands there until the figure is drawn, and again on paper; it remains where there are no
    scripts or no WebGL.
    """
    data = json.dumps(figure, separators=(",", ":"), ensure_ascii=False, allow_nan=False).replace("</", "<\\/")
    name = hashlib.sha256(data.encode()).hexdigest()[:12]
    script = files(_PLACE).joinpath("figure.js").read_text(encoding="utf-8")
    script = script.replace('"FIGURE"', data).replace("NAME", name)
    live = f'<div class="riemlearn-live" style="display:none;width:100%;height:{_height(figure)}px"></div>'
    inner = (still_html(still, alt) if still else "") + live
    return (
        f'<div class="riemlearn-figure" data-figure="{name}" style="max-width:760px;background:white">\n'
        f"<style>@media print {{.riemlearn-figure .riemlearn-live {{display: none !important}} "
        f".riemlearn-figure .riemlearn-still {{display: block !important}}}}</style>\n"
        f'{inner}\n</div>\n<script type="text/javascript">\n{script}</script>\n'
    )


def still_html(still: bytes, alt: str) -> str:
    """A static picture that is part of the page."""
    data = base64.b64encode(still).decode("ascii")
    image = f'<img class="riemlearn-still" style="max-width:100%;background:white" alt="{escape(alt)}"'
    return f'{image} src="data:image/png;base64,{data}">'


def whole_page(title: str, body: str, with_plotly: bool) -> str:
    """A file that needs nothing but itself."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n{plotly_source() if with_plotly else ''}\n</head>\n"
        f'<body style="margin:1em auto;max-width:760px;background:white">\n{body}</body>\n</html>\n'
    )


def carried_plotly() -> str:
    """plotly.js where this output has to bring it, else nothing.

    It does unless the page has it, or an earlier cell of this kernel brought it.  A cell that brought it brings it
    again when it runs again, because its earlier output is gone.

    Raises
    ------
    MissingExtra
        If plotly is not installed.
    """
    if os.environ.get(PAGE) == "page":
        return ""
    source = plotly_source()
    shell = _kernel_shell()
    if shell is None:  # nobody knows what else is on the page
        return source
    cell = _cell(shell)
    carrier = shell.meta.get(_PLACE)  # the place that IPython keeps for others, one for each kernel
    again = carrier is not None and cell[0] is not None and carrier[0] == cell[0] and carrier[1] != cell[1]
    if carrier is not None and not again:
        return ""
    shell.meta[_PLACE] = cell
    return source


def _kernel_shell() -> Any:
    """The IPython shell that runs this, if there is one."""
    try:
        return require("IPython", "plot").get_ipython()
    except MissingExtra:
        return None


def _cell(shell: Any) -> tuple[str | None, int]:
    """Name of the running cell, where the notebook tells it, and the number of its execution."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return (parent or {}).get("metadata", {}).get("cellId"), shell.execution_count


def _height(figure: dict[str, Any]) -> int:
    return 560 if figure["frames"] else 480
