"""Nothing from the network: plotly.js in the pages with figures, and no page that asks for anything outside."""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

# What a browser fetches by itself: sources, style sheets, imports.  Links that a reader may follow are something else.
OUTSIDE = re.compile(
    r"""<(?:script|img|iframe|source|embed)\b[^>]*\bsrc\s*=\s*["']?(?:https?:)?//[^>]*>
    | <link\b(?![^>]*rel=["']?(?:canonical|license))[^>]*\bhref\s*=\s*["']?(?:https?:)?//[^>]*>
    | @import\s+(?:url\()?["']?(?:https?:)?//[^;]*""",
    re.IGNORECASE | re.VERBOSE,
)


def add_plotly(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Load plotly.js before the body, where the figures of a page are drawn; other pages do not pay for it."""
    if "Plotly.newPlot" in context.get("body", ""):
        path = context["pathto"]("_static/plotly/plotly.min.js", True)
        context["metatags"] = f'{context.get("metatags", "")}<script src="{path}"></script>'


def check(app: Sphinx, error: Exception | None) -> None:
    """Refuse a site with a page that makes the browser ask for something outside."""
    if error is None and app.builder.format == "html":
        for page in sorted(Path(app.outdir).rglob("*.html")):
            found = OUTSIDE.search(page.read_text(encoding="utf-8"))
            if found:
                raise ExtensionError(f"{page} makes an outside request: {found[0][:200]}")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("html-page-context", add_plotly)
    app.connect("build-finished", check)
    return {"parallel_read_safe": True}
