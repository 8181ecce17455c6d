"""The site as far as it can be checked without building it."""

import hashlib
import re
from pathlib import Path

import pytest

import riemlearn
from riemlearn import manifolds, plot, symbolic, testing, transformer, verify

ROOT = Path(__file__).parent.parent
DOCS, STATIC = ROOT / "docs", ROOT / "docs" / "_static"
TUTORIALS = sorted((ROOT / "tutorials").glob("*.md"))
PAGES = [
    page
    for page in sorted(DOCS.rglob("*.md"))
    if page.relative_to(DOCS).parts[0] not in ("_build", "_static", "tutorials")
]
VENDORED = ("mathjax", "plotly")
OUTSIDE = re.compile(r"""(?:\bsrc\s*=|<link\b[^>]*href\s*=|@import|url\()\s*["']?(?:https?:)?//""")


def name_of(page: Path) -> str:
    """The name by which a toctree calls a page."""
    if page in TUTORIALS:
        return f"tutorials/{page.stem}"
    return page.relative_to(DOCS).with_suffix("").as_posix()


def in_toctrees(pages: dict[str, str]) -> set[str]:
    """Names that the toctrees of some pages (text by name) hold."""
    found = set()
    for name, text in pages.items():
        folder = name.rpartition("/")[0]
        for tree in re.findall(r"^```\{toctree\}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL):
            for entry in tree.split():
                if not entry.startswith(":"):
                    path = f"{folder}/{entry}".lstrip("/")
                    found |= {other for other in pages if re.fullmatch(re.escape(path).replace(r"\*", "[^/]+"), other)}
    return found


def test_every_page_is_in_a_toctree():
    pages = {name_of(page): page.read_text(encoding="utf-8") for page in [*PAGES, *TUTORIALS]}
    assert set(pages) - in_toctrees(pages) == {"index"}


def test_the_check_of_toctrees_can_fail():
    pages = {"index": "```{toctree}\n:hidden:\n\na\nroom/index\n```\n", "a": "", "room/index": "", "room/b": ""}
    assert set(pages) - in_toctrees(pages) == {"index", "room/b"}
    pages["room/index"] = "```{toctree}\n:glob:\n\n*\n```\n"
    assert "room/b" in in_toctrees(pages)


def test_every_public_name_is_in_the_reference():
    text = "".join(page.read_text(encoding="utf-8") for page in [*(DOCS / "api").glob("*.md"), DOCS / "errors.md"])
    for name in riemlearn.__all__:
        assert re.search(
            rf"^\.\. auto(?:class|function|module):: riemlearn\.{name}$|autoclass:: riemlearn\.{name}\.", text, re.M
        ), name


@pytest.mark.parametrize(
    "room", [manifolds, plot, symbolic, testing, transformer, verify], ids=lambda room: room.__name__
)
def test_rooms_are_documented_whole(room):
    text = (DOCS / "api" / f"{room.__name__.split('.')[-1]}.md").read_text(encoding="utf-8")
    directive = f".. automodule:: {room.__name__}\n   :members:\n   :imported-members:\n"
    assert directive in text
    assert room.__doc__


@pytest.mark.parametrize("page", [*PAGES, *TUTORIALS], ids=name_of)
def test_links_between_pages_lead_somewhere(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+\.\w+)(?:#[^)]*)?\)", text):
        if not target.startswith("https://"):
            path = (page.parent / target).resolve()
            at_home = ROOT / "tutorials" / path.name if path.parent == DOCS / "tutorials" else path
            assert at_home.exists(), target


def test_no_page_asks_for_anything_outside():
    ours = [path for path in STATIC.rglob("*") if path.is_file() and path.relative_to(STATIC).parts[0] not in VENDORED]
    ours += [*DOCS.glob("_templates/**/*.html"), *PAGES, *TUTORIALS, DOCS / "conf.py"]
    for path in ours:
        assert not OUTSIDE.search(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ('<script src="https://cdn.x/a.js"></script>', True),
        ('<link rel="stylesheet" href="//fonts.x/css">', True),
        ("@import url(https://fonts.x/a.css);", True),
        ("[a link](https://x.org) that a reader may follow", False),
        ('<script src="_static/a.js"></script>', False),
    ],
)
def test_what_asks_for_something_outside(text, asks):
    assert bool(OUTSIDE.search(text)) is asks


def test_vendored_scripts_are_what_their_page_says():
    text = (STATIC / "README.md").read_text(encoding="utf-8")
    hashes = dict(re.findall(r"`([\w./-]+)` \| `([0-9a-f]{64})`", text))
    assert {name.split("/")[0] for name in hashes} == set(VENDORED)
    for name, known in hashes.items():
        assert hashlib.sha256((STATIC / name).read_bytes()).hexdigest() == known, name
    assert "Apache License" in (STATIC / "mathjax" / "LICENSE").read_text(encoding="utf-8")
    assert "MIT License" in (STATIC / "plotly" / "LICENSE").read_text(encoding="utf-8")
    assert list((STATIC / "mathjax" / "output" / "chtml" / "fonts" / "woff-v2").glob("*.woff"))


@pytest.mark.parametrize("page", TUTORIALS, ids=name_of)
def test_tutorials_are_notebooks_that_assert(page):
    text = page.read_text(encoding="utf-8")
    assert re.match(r"---\njupytext:\n(?:.*\n)*?kernelspec:\n(?:  .*\n)*?  name: python3\n---\n+# ", text)
    cells = re.findall(r"^```\{code-cell\} ipython3\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    assert "jax_enable_x64" in cells[0]
    assert any("assert " in cell for cell in cells)
    for cell in cells:
        compile(cell, str(page), "exec")


def test_the_parts_that_are_made_have_a_maker():
    wanted = {name for page in PAGES for name in re.findall(r"<!-- made: (\w+) -->", page.read_text(encoding="utf-8"))}
    made = (DOCS / "_ext" / "generated.py").read_text(encoding="utf-8")
    assert wanted == set(re.findall(r'^    "(\w+)": \(', made, flags=re.MULTILINE))


def test_what_is_cited_is_in_the_bibliography():
    keys = set(re.findall(r"^@\w+\{(\w+),", (DOCS / "references.bib").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for page in PAGES:
        for group in re.findall(r"\{cite(?::p|:t)?\}`([^`]+)`", page.read_text(encoding="utf-8")):
            assert set(group.split(",")) <= keys, page
