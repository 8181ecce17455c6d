"""The site: Sphinx with MyST, notebooks executed at build, everything from this tree and nothing from the network.

sphinx-build -W --keep-going -b html docs docs/_build/html
"""

import hashlib
import os
import sys
from pathlib import Path

DOCS = Path(__file__).parent
ROOT = DOCS.parent

# The site describes the package beside it, in this process and in the notebooks' kernels.
sys.path[:0] = [str(ROOT), str(DOCS)]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel of this environment, whatever the user has registered
os.environ["RIEMLEARN_PLOTLY"] = "page"  # figures use the plotly.js of their page
os.environ.setdefault("JAX_PLATFORMS", "cpu")

from _ext.notebooks import without_model  # noqa: E402

import riemlearn  # noqa: E402

project = "riemlearn"
author = "The riemlearn developers"
project_copyright = "2026, the riemlearn developers"
version = release = riemlearn.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinxcontrib.bibtex",
    "sphinx_copybutton",
    "_ext.notebooks",
    "_ext.generated",
    "_ext.signatures",
    "_ext.offline",
]
exclude_patterns = ["_build", "_static", "**.ipynb"]

# -- pages

html_theme = "furo"
html_title = "riemlearn"
html_static_path = ["_static"]
html_css_files = ["riemlearn.css"]
html_show_sourcelink = False
html_copy_source = False
myst_enable_extensions = ["amsmath", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
copybutton_exclude = ".linenos, .gp, .go"

# -- formulas

mathjax_path = "mathjax/tex-chtml-full.js"
mathjax3_config = {
    "tex": {
        "macros": {
            "R": r"\mathbb{R}",
            "Ric": r"\mathrm{Ric}",
            "scal": r"\mathrm{scal}",
            "II": r"\mathrm{II}",
            "tr": r"\operatorname{tr}",
            "grad": r"\operatorname{grad}",
            "arsinh": r"\operatorname{arsinh}",
            "arcosh": r"\operatorname{arcosh}",
            "dvol": r"d\mathrm{vol}",
            "inner": [r"\langle #1, #2 \rangle", 2],
        }
    },
    "options": {"enableMenu": False},  # its extensions are not here
}

# -- notebooks

_sources = hashlib.sha256(b"".join(path.read_bytes() for path in sorted((ROOT / "riemlearn").rglob("*.py"))))
nb_execution_mode = "cache"
nb_execution_cache_path = str(DOCS / "_build" / "cache" / _sources.hexdigest()[:16])  # outputs belong to the code
nb_execution_raise_on_error = True
nb_execution_excludepatterns = without_model()
nb_execution_timeout = 300
nb_ipywidgets_js = {}  # by default two scripts from a CDN
nb_merge_streams = True

# -- the package

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False
python_maximum_signature_line_length = 96
suppress_warnings = ["ref.python"]  # fields of the same name in two classes are no ambiguous link

# -- the literature

bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"
