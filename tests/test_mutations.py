"""Faults planted in the package, one at a time, each of which `riemlearn verify` must find.

A copy of the package is changed in one place, and the command is run on the copy in a process of its own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import riemlearn

PACKAGE = Path(riemlearn.__file__).parent


class Fault(NamedTuple):
    """What is wrong, where, and on which manifold which quantity shows it."""

    what: str
    file: str
    right: str
    wrong: str
    manifold: str
    quantity: str


FAULTS = [
    Fault(
        "sign of the last term of the symbolic Christoffel symbols",
        "symbolic/levi_civita.py",
        "(-half, d((i, j, k)))",
        "(half, d((i, j, k)))",
        "S2",
        "christoffel",
    ),
    Fault(
        "order of indices in the symbolic Christoffel symbols",
        "symbolic/geometry.py",
        "lowered((m, *rest))",
        "lowered((*rest, m))",
        "S2",
        "christoffel",
    ),
    Fault(
        "sign of the symbolic Riemann tensor's derivatives",
        "symbolic/curvature.py",
        'half = geometry.part("metric_second_derivative"), geometry.ring.constant(Fraction(1, 2))',
        'half = geometry.part("metric_second_derivative"), geometry.ring.constant(Fraction(-1, 2))',
        "S2",
        "riemann",
    ),
    Fault(
        "sign of the quadratic terms of the symbolic Riemann tensor",
        "symbolic/curvature.py",
        "terms.append((a, gamma((m, j, k))))",
        "terms.append((-a, gamma((m, j, k))))",
        "S2",
        "riemann",
    ),
    Fault(
        "pairs counted once in the symbolic scalar curvature",
        "symbolic/curvature.py",
        "constant(2 if p == q else 4)",
        "constant(1 if p == q else 2)",
        "S2",
        "scalar",
    ),
    Fault(
        "contraction of the symbolic Ricci tensor with the last index",
        "symbolic/curvature.py",
        "lowered((i, j, k, l))) for i, k, entry",
        "lowered((i, j, l, k))) for i, k, entry",
        "S2",
        "ricci",
    ),
    Fault(
        "factor of the symbolic Laplacian's logarithmic derivative",
        "symbolic/inverse.py",
        "half, blocks = self.ring.constant(Fraction(1, 2))",
        "half, blocks = self.ring.constant(Fraction(1, 1))",
        "S2",
        "laplace_beltrami",
    ),
    Fault(
        "order of indices in the Gauss equation",
        "curvature/gauss.py",
        'jnp.einsum("bcad->abcd", gram)',
        'jnp.einsum("acbd->abcd", gram)',
        "S2",
        "riemann",
    ),
    Fault(
        "sign in the scalar curvature of an embedding",
        "curvature/gauss.py",
        "inner(mean, mean, self.normal_signs) - self.squared",
        "inner(mean, mean, self.normal_signs) + self.squared",
        "S2",
        "scalar",
    ),
    Fault(
        "the tangential part left in the second fundamental form",
        "curvature/gauss.py",
        "return along, second - (along * frame.signs) @ tangent",
        "return along, second",
        "S2",
        "ricci",
    ),
    Fault(
        "the curvature of the ambient space left out of the Gauss equation",
        "curvature/gauss.py",
        'product = product + jnp.einsum("abcd,ap,bq,cr,ds->pqrs"',
        'product = product + 0 * jnp.einsum("abcd,ap,bq,cr,ds->pqrs"',
        "H2-half_space",
        "riemann",
    ),
    Fault(
        "the connection of the ambient space counted twice in second derivatives",
        "curvature/ambient.py",
        "(christoffel @ step) @ step / 2)",
        "(christoffel @ step) @ step)",
        "H2-half_space",
        "christoffel",
    ),
    Fault(
        "order of indices in the derivatives of a metric function",
        "curvature/intrinsic.py",
        'jnp.einsum("bca->cab", first) - first',
        'jnp.einsum("cba->cab", first) - first',
        "H2-half_space",
        "christoffel",
    ),
    Fault(
        "sign of the quadratic terms in the curvature of a metric function",
        "curvature/intrinsic.py",
        'derivative / 2 + jnp.einsum("adbc->abcd", product)',
        'derivative / 2 - jnp.einsum("adbc->abcd", product)',
        "H2-half_space",
        "riemann",
    ),
    Fault(
        "missing factor 1/2 in the curvature of a metric function",
        "curvature/intrinsic.py",
        "return derivative / 2 +",
        "return derivative +",
        "S2",
        "scalar",
    ),
    Fault(
        "sign of the first-order term of the Laplacian",
        "curvature/local.py",
        "jnp.sum(signs * jnp.diagonal(hessian)) - jnp.sum",
        "jnp.sum(signs * jnp.diagonal(hessian)) + jnp.sum",
        "S2",
        "laplace_beltrami",
    ),
    Fault(
        "transposed basis in the change to coordinates",
        "curvature/local.py",
        "matrix = raised.T if",
        "matrix = raised if",
        "H3-hyperboloid",
        "christoffel",
    ),
    Fault(
        "mixed second derivatives in the wrong place",
        "jets/jet.py",
        "where[rows, columns] = where[columns, rows] = np.arange(len(rows))",
        "where[rows, columns] = where[columns, rows] = np.arange(len(rows))[::-1]",
        "S2",
        "riemann",
    ),
    Fault(
        "another function in the compiled form of the sine",
        "to_jax.py",
        "sp.sin: jnp.sin,",
        "sp.sin: jnp.tan,",
        "S2",
        "metric",
    ),
    Fault(
        "the metric of the ball without its factor",
        "manifolds/hyperbolic.py",
        "square = 4 * square / (_inside",
        "square = 2 * square / (_inside",
        "H2-ball",
        "distance",
    ),
    Fault(
        "half of an arc on the sphere",
        "manifolds/geodesics.py",
        "lambda chord: 2 * jnp.arctan2(chord, width)",
        "lambda chord: jnp.arctan2(chord, width)",
        "S2",
        "distance",
    ),
    Fault(
        "eigenvalues of a sphere of the next dimension",
        "manifolds/sphere.py",
        "Levels.of((l * (l + n - 1)",
        "Levels.of((l * (l + n)",
        "S2",
        "spectrum",
    ),
    Fault(
        "the heat equation with a factor 1/2",
        "heat_kernel/euclidean.py",
        "jnp.log(4 * math.pi * t) - r**2 / (4 * t)",
        "jnp.log(2 * math.pi * t) - r**2 / (2 * t)",
        "R2",
        "heat_kernel",
    ),
    Fault(
        "the exponential factor of S^2 at small times",
        "heat_kernel/sphere.py",
        "-(r**2) / (4 * t) + t / 4 + math.log(2)",
        "-(r**2) / (4 * t) + math.log(2)",
        "S2",
        "heat_kernel",
    ),
    Fault(
        "the bottom of the spectrum of H^3",
        "heat_kernel/hyperbolic.py",
        "-(m**2) * t",
        "-m * t / 2",
        "H3-ball",
        "heat_kernel",
    ),
    Fault(
        "the eigenvalues of a flat torus without a factor",
        "manifolds/flat_torus.py",
        "Levels(4 * pi**2 * lengths.values",
        "Levels(2 * pi**2 * lengths.values",
        "torus2-hexagonal",
        "spectrum",
    ),
    Fault(
        "the logarithm on a flat torus one half of itself",
        "manifolds/flat_torus.py",
        "return jnp.where(tied, jnp.nan, full_product(shortest,",
        "return jnp.where(tied, jnp.nan, 0.5 * full_product(shortest,",
        "torus2-skew",
        "log",
    ),
    Fault(
        "the volume of the unit sphere of the dimension before",
        "heat_kernel/sphere.py",
        "return 2 * math.pi**half / math.gamma(half)",
        "return 2 * math.pi**half / math.gamma(half - 1 / 2)",
        "S3",
        "volume",
    ),
    Fault(
        "sign of the Gauss curvature of the torus, as it is published",
        "manifolds/surface_data.py",
        "gauss=cos(theta) / (r * (R + r * cos(theta))),",
        "gauss=-cos(theta) / (r * (R + r * cos(theta))),",
        "torus",
        "scalar",
    ),
    Fault(
        "the scale of a heat kernel forgotten in its time",
        "heat_kernel/closed.py",
        "tau, rho = t / self.scale**2, r / self.scale",
        "tau, rho = t / self.scale, r / self.scale",
        "S2-radius2",
        "heat_kernel",
    ),
]


def verified(folder: Path, manifold: str, quantity: str) -> subprocess.CompletedProcess[str]:
    """Run the command on the package in a folder."""
    command = [sys.executable, "-m", "riemlearn", "verify", "--jobs", "1", "--points", "2"]
    command += ["--manifold", *manifold.split(), "--quantity", *quantity.split()]
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what)
def test_verify_finds(fault, tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "riemlearn")
    path = tmp_path / "riemlearn" / fault.file
    text = path.read_text(encoding="utf-8")
    assert text.count(fault.right) == 1
    path.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")
    found = verified(tmp_path, fault.manifold, fault.quantity)
    assert (found.returncode, "FAILED" in found.stdout) == (1, True), found.stdout + found.stderr


@pytest.mark.slow
def test_without_a_fault_all_of_that_passes(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "riemlearn")
    manifolds = " ".join(dict.fromkeys(fault.manifold for fault in FAULTS))
    found = verified(tmp_path, manifolds, " ".join(dict.fromkeys(fault.quantity for fault in FAULTS)))
    assert found.returncode == 0, found.stdout + found.stderr


def test_there_are_twenty_different_faults():
    assert len({(fault.file, fault.right) for fault in FAULTS}) >= 20
    for fault in FAULTS:
        assert (PACKAGE / fault.file).read_text(encoding="utf-8").count(fault.right) == 1, fault.what
