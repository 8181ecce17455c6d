"""Statuses and missing extras."""

import pytest

from riemlearn.errors import MissingExtra, RiemlearnError, Status, require


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_sentence_a_remedy_and_an_exception(status):
    assert status.sentence and status.remedy and issubclass(status.error, RiemlearnError)
    assert not status.sentence.endswith(".") and not status.remedy.endswith(".")


def test_a_missing_extra_names_its_cure():
    with pytest.raises(MissingExtra, match=r'python -m pip install "riemlearn\[plot\]"'):
        require("no_such_package.inside", "plot")


def test_a_broken_dependency_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "broken_package.py").write_text("import no_such_dependency")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_dependency") as caught:
        require("broken_package", "plot")
    assert not isinstance(caught.value, MissingExtra)
