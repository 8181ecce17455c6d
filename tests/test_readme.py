"""What the README and its companions say is so."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]


def test_ci_finds_the_test_command_exactly_once():
    pattern = re.search(r"grep -E '([^']+)' README.md", (ROOT / ".ci" / "run").read_text())[1]
    found = re.findall(pattern, README, flags=re.MULTILINE)
    assert found == ['python3 -m venv .venv && .venv/bin/python -m pip install ".[test]" && .venv/bin/python -m pytest']


def test_code_of_the_readme_runs_and_says_what_it_claims(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert "jax_enable_x64" in code.splitlines()[0]
    exec(compile(code, "README.md", "exec"), {})
    exact, numeric = capsys.readouterr().out.split()
    assert exact == "2"
    assert abs(float(numeric) - 2) < 1e-12


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_tox_environments_are_those_of_the_guide():
    named = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE))
    tox = set(re.findall(r"^\[testenv:(\w+)\]", (ROOT / "tox.ini").read_text(), re.MULTILINE)) | {"py"}
    assert named == tox


def test_commands_of_the_readme_exist():
    from riemlearn import cli

    usage = cli._parser().format_help()
    for name in re.findall(r"\| `riemlearn (\w+)", README):
        assert re.search(rf"^    {name}\b", usage, re.MULTILINE), name
