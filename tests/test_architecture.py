"""The house: imports run one way, and nothing heavy is loaded before it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import riemlearn

PACKAGE = Path(riemlearn.__file__).parent

# The order of the rooms. A file may import only from rooms above its own, or from its own.
ROOMS = """
errors citation chart io plot symbolic jets curvature to_jax tensor_field parallel metric connection laplace_beltrami
heat_kernel manifolds graph attention dynamics thermodynamics transformer verify testing tour cli __main__
""".split()

HEAVY = {"sympy", "jax", "jaxlib", "matplotlib", "mpmath", "equinox", "rich", "numpy"}
MAY_SEE_BOTH = {"to_jax", "tensor_field", "metric"}
FORBIDDEN = {
    "symbolic": {"jax", "jaxlib", "equinox"},
    "chart": HEAVY,
    "errors": HEAVY,
    "jets": {"sympy", "mpmath"},
    "curvature": {"sympy", "mpmath"},
}


def room_of(path: Path) -> str:
    """Name of the room that a file of the package belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Every module that a file imports, those inside functions too; relative imports are not used here."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def offences(path: Path) -> list[str]:
    """What a file imports that its room may not see."""
    room, wrong = room_of(path), []
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "riemlearn" and len(parts) > 1 and parts[1] in ROOMS:
            if ROOMS.index(parts[1]) > ROOMS.index(room):
                wrong.append(f"{path.relative_to(PACKAGE)}: {room} may not import {parts[1]}")
        elif parts[0] in FORBIDDEN.get(room, ()):
            wrong.append(f"{path.relative_to(PACKAGE)}: {room} may not import {parts[0]}")
    return wrong


def sources() -> list[Path]:
    return [p for p in sorted(PACKAGE.rglob("*.py")) if p != PACKAGE / "__init__.py"]


def test_every_file_belongs_to_a_room_of_the_plan():
    assert {room_of(p) for p in sources()} <= set(ROOMS)


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_one_way(path):
    assert offences(path) == []


def test_the_check_can_fail(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    (tmp_path / "chart.py").write_text("def f():\n    from riemlearn.metric import Metric\n    import jax\n")
    assert len(offences(tmp_path / "chart.py")) == 2


def test_only_the_meeting_rooms_import_both_sympy_and_jax():
    both = set()
    for path in sources():
        tops = {name.split(".")[0] for name in imported(path)}
        if {"sympy", "jax"} <= tops:
            both.add(room_of(path))
    assert both <= MAY_SEE_BOTH | set(ROOMS[ROOMS.index("metric") :])


def test_import_is_light():
    code = f"import sys, riemlearn; dir(riemlearn); print(sorted({HEAVY!r} & set(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_public_name_is_there():
    for name in riemlearn.__all__:
        assert getattr(riemlearn, name) is not None


def test_unknown_name():
    with pytest.raises(AttributeError, match=r"no attribute 'Metrik'$"):
        riemlearn.__getattr__("Metrik")
    with pytest.raises(AttributeError, match=r"no attribute 'Sphere'; did you mean riemlearn\.manifolds\.Sphere\?"):
        riemlearn.__getattr__("Sphere")
