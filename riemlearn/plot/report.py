"""Reports: one HTML file that needs nothing but itself, neither network nor scripts."""

import base64
import os
from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from riemlearn.errors import ShapeError
from riemlearn.io import replacing, writing
from riemlearn.plot.style import png


class Report:
    """A page that grows from top to bottom: sections, text, tables and pictures.

    Every text is escaped, so what stands in a file of sentences can never become markup.
    Pictures are part of the file.

    Parameters
    ----------
    title, subtitle : str
        What stands at the top.

    Examples
    --------
    >>> page = Report("Curvature", "of a sphere").section("Result", "The sphere has curvature < 2.")
    >>> "curvature &lt; 2" in page.html()
    True
    """

    def __init__(self, title: str, subtitle: str = "") -> None:
        self.title = title
        self.subtitle = subtitle
        self._blocks: list[str] = []
        self._sections: list[str] = []

    def section(self, title: str, text: str = "") -> "Report":
        """Begin a section, with an optional first paragraph."""
        self._sections.append(title)
        self._blocks.append(f'<h2 id="s{len(self._sections)}">{escape(title)}</h2>')
        return self.paragraph(text) if text else self

    def heading(self, title: str) -> "Report":
        """Begin a part of a section."""
        self._blocks.append(f"<h3>{escape(title)}</h3>")
        return self

    def paragraph(self, text: str) -> "Report":
        """Add text; an empty line in it begins a new paragraph."""
        self._blocks += [f"<p>{escape(part.strip())}</p>" for part in text.split("\n\n") if part.strip()]
        return self

    def notice(self, text: str) -> "Report":
        """Add a text that must not be overlooked."""
        self._blocks.append(f'<p class="notice">{escape(text)}</p>')
        return self

    def points(self, items: Iterable[str]) -> "Report":
        """Add a list."""
        self._blocks.append("<ul>" + "".join(f"<li>{escape(item)}</li>" for item in items) + "</ul>")
        return self

    def code(self, text: str) -> "Report":
        """Add lines to be typed or kept exactly as they are."""
        self._blocks.append(f"<pre>{escape(text)}</pre>")
        return self

    def highlights(self, figures: Sequence[tuple[str, str]]) -> "Report":
        """Add a row of key figures, each a value and what it is."""
        cells = "".join(f"<div><b>{escape(value)}</b><span>{escape(label)}</span></div>" for value, label in figures)
        self._blocks.append(f'<div class="highlights">{cells}</div>')
        return self

    def table(
        self,
        headers: Sequence[str],
        rows: Iterable[Sequence[object]],
        caption: str = "",
        align: str = "",
        folded: str = "",
    ) -> "Report":
        """Add a table.

        Parameters
        ----------
        headers : sequence of str
            One for each column.
        rows : iterable of sequences
            Cells, shown as ``str`` shows them.
        caption : str, optional
            What the table says.
        align : str, optional
            A letter for each column, ``l`` or ``r``; by default all ``l``.
        folded : str, optional
            If given, the table is folded away under this line, for readers who want every number.

        Raises
        ------
        ShapeError
            If a row, or ``align``, has not as many entries as there are headers.
        """
        align = align or "l" * len(headers)
        cells = [[str(cell) for cell in row] for row in rows]
        for what, row in [("align", align), *(("a row", row) for row in cells)]:
            if len(row) != len(headers):
                raise ShapeError(f"table: {what} has {len(row)} entries, but there are {len(headers)} headers")

        def line(tag: str, row: Sequence[str]) -> str:
            kinds = (' class="r"' if side == "r" else "" for side in align)
            inner = "".join(f"<{tag}{kind}>{escape(c)}</{tag}>" for kind, c in zip(kinds, row, strict=True))
            return f"<tr>{inner}</tr>"

        head = f"<caption>{escape(caption)}</caption>" if caption else ""
        body = "".join(line("td", row) for row in cells)
        table = f"<table>{head}<thead>{line('th', headers)}</thead><tbody>{body}</tbody></table>"
        block = f'<div class="wide">{table}</div>'
        if folded:
            block = f"<details><summary>{escape(folded)}</summary>{block}</details>"
        self._blocks.append(block)
        return self

    def figure(self, figure: Any, caption: str, alt: str) -> "Report":
        """Add a matplotlib figure, with a caption and the text that stands for it where it cannot be seen."""
        data = base64.b64encode(png(figure)).decode("ascii")
        image = f'<img src="data:image/png;base64,{data}" alt="{escape(alt)}">'
        self._blocks.append(f"<figure>{image}<figcaption>{escape(caption)}</figcaption></figure>")
        return self

    def downloads(self, names: Iterable[tuple[str, str]]) -> "Report":
        """Add links to files that lie beside the page, each a relative path and what it holds."""
        items = (f'<li><a href="./{escape(name)}">{escape(name)}</a> {escape(what)}</li>' for name, what in names)
        self._blocks.append(f"<ul>{''.join(items)}</ul>")
        return self

    def html(self) -> str:
        """Return the whole page."""
        contents = ""
        if len(self._sections) > 2:
            links = (f'<a href="#s{i}">{escape(s)}</a>' for i, s in enumerate(self._sections, 1))
            contents = f"<nav>{''.join(links)}</nav>"
        style = files("riemlearn.plot").joinpath("report.css").read_text(encoding="utf-8")
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
            f'<header><h1>{escape(self.title)}</h1><p class="subtitle">{escape(self.subtitle)}</p></header>\n'
            + "\n".join([contents, *self._blocks])
            + "\n</main>\n</body>\n</html>\n"
        )

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the page; the file appears complete or not at all.

        Raises
        ------
        OutputError
            If the file or its folder cannot be written.
        """
        target = Path(path)
        with writing(f"the report {target}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            with replacing(target) as stream:
                stream.write(self.html().encode())
        return target
