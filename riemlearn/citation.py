"""How to cite: the library itself, and the sources of the formulas that were used."""

from typing import Any

from riemlearn.errors import SymbolError

_BIBTEX = """\
@software{{riemlearn,
  title = {{riemlearn: differential geometry of closed forms and learned maps}},
  author = {{{{The riemlearn developers}}}},
  version = {{{version}}},
}}"""


def cite(*objects: Any) -> str:
    """BibTeX entry of this library, and the sources of the formulas behind some objects.

    Parameters
    ----------
    *objects
        Anything with a ``source``, as every manifold of the catalogue has.

    Raises
    ------
    SymbolError
        If an object has no source.

    Examples
    --------
    >>> import riemlearn as rl
    >>> print(rl.cite(rl.manifolds.Euclidean(2)).splitlines()[-1])
    % Euclidean(2): Davies, Heat Kernels and Spectral Theory, ch. 1
    """
    from riemlearn import __version__

    lines = [_BIBTEX.format(version=__version__)]
    for item in objects:
        source = getattr(item, "source", None)
        if not isinstance(source, str):
            raise SymbolError(f"cite: {item!r} has no source; give manifolds of riemlearn.manifolds")
        lines.append(f"% {item!r}: {source}")
    return "\n".join(lines)
