"""Files are whole or not there, and asking whether one can be written changes nothing."""

import os

import pytest

from riemlearn.errors import OutputError
from riemlearn.io import check_writable, replacing, writing


def test_a_file_appears_when_it_is_complete(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"old")
    with replacing(path) as stream:
        stream.write(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


def test_after_an_error_the_old_file_is_there_and_nothing_else(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), replacing(path) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


def test_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    with replacing(tmp_path / "data"):
        pass
    assert (tmp_path / "data").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_what_could_not_be_written_is_named():
    with pytest.raises(OutputError, match="the page cannot be written: no room"), writing("the page"):
        raise OSError("no room")


def test_asking_leaves_everything_as_it_was(tmp_path):
    (tmp_path / "there").write_bytes(b"text")
    for name in ("there", "new"):
        check_writable(tmp_path / name)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"there": b"text"}


@pytest.mark.parametrize("name", ["missing/file", "there/file", "folder", "x" * 300])
def test_what_cannot_be_written_is_known_before(tmp_path, name):
    (tmp_path / "there").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        check_writable(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_opened_to_ask(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    check_writable(tmp_path / "pipe")  # would wait for ever
