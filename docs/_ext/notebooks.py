"""The tutorials lie in ``tutorials/`` as text: bring them into the site, each with itself as a notebook to download."""

import re
from pathlib import Path

import jupytext
import nbformat
from sphinx.application import Sphinx

from riemlearn.errors import CheckpointError
from riemlearn.transformer import model_path

TUTORIALS = Path(__file__).parent.parent.parent / "tutorials"


def without_model() -> list[str]:
    """Return the tutorials that load a model which is not in the cache: there is no network to fetch it from."""
    found = []
    for path in sorted(TUTORIALS.glob("*.md")):
        try:
            for model in re.findall(r'transformer\.load\("(\w+)"', path.read_text(encoding="utf-8")):
                model_path(model)
        except CheckpointError:
            found.append(f"tutorials/{path.name}")
    return found


def bring(app: Sphinx) -> None:
    """Copy the tutorials below the source folder, and convert each to a notebook."""
    pages = Path(app.srcdir) / "tutorials"
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(TUTORIALS.glob("*.md"))}
    for stale in (path for path in pages.glob("*.*") if path.stem not in texts):
        stale.unlink()
    for name, text in texts.items():
        notebook = jupytext.reads(text, fmt="md:myst")
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"cell-{number}"  # by default random, so that every build would differ
        nbformat.validate(notebook)
        above = f"\\1\n\nThis page is a notebook: {{download}}`{name}.ipynb`.\n"
        if f"tutorials/{name}.md" in app.config.nb_execution_excludepatterns:
            above += "\n**It has no results here, because its model was not at hand when the site was built.**\n"
        write(pages / f"{name}.ipynb", nbformat.writes(notebook) + "\n")
        page = re.sub(r"^(# .*)$", above, text, count=1, flags=re.MULTILINE)
        write(pages / f"{name}.md", page.replace("](../docs/", "](../"))  # tutorials lie beside docs/, pages inside it


def write(path: Path, text: str) -> None:
    """Write a file unless it says the same already: Sphinx reads again what is newer than its last reading."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register with Sphinx."""
    app.connect("builder-inited", bring)
    return {"parallel_read_safe": True}
