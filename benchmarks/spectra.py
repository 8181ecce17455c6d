"""The first eigenvalues of a torus of revolution and of a curved three-torus: time, unknowns, error."""

import math

import jax.numpy as jnp
import sympy as sp

import riemlearn as rl
from benchmarks.timing import interleaved


def torus() -> rl.LaplaceBeltrami:
    """The torus with radii 2 and 1."""
    theta, phi = sp.symbols("theta phi", real=True)
    circle = rl.periodic(2 * sp.pi)
    matrix = sp.diag(1, (2 + sp.cos(theta)) ** 2)
    return rl.LaplaceBeltrami(rl.Metric.from_sympy([theta, phi], matrix, domain={theta: circle, phi: circle}))


def three_torus() -> rl.LaplaceBeltrami:
    """A metric without symmetries, 30 % away from a flat one."""

    def metric(x):
        a, b, c = x
        diagonal = [1 + 0.3 * jnp.cos(a + b), 1 + 0.3 * jnp.sin(b) * jnp.cos(c), 1 + 0.2 * jnp.cos(c - a)]
        off = 0.15 * jnp.sin(c)
        return jnp.diag(jnp.array(diagonal)).at[0, 1].set(off).at[1, 0].set(off)

    chart = rl.Chart(("a", "b", "c"), (rl.periodic(2 * math.pi),) * 3)
    return rl.LaplaceBeltrami(rl.Metric.from_function(metric, dim=3, chart=chart))


def run() -> list[tuple[str, str, str]]:
    """Rows of what was measured: name, figure, target."""
    two, three = torus(), three_torus()
    calls = {
        "fixed": lambda: two.spectrum(50, resolution=(10, 8)),
        "adapted": lambda: two.spectrum(50),
        "three": lambda: three.spectrum(20, resolution=(4, 4, 4)),
    }
    times = interleaved({name: lambda call=call: call().eigenvalues for name, call in calls.items()}, repeats=5)
    fixed, adapted, low = (call() for call in calls.values())
    fine, high = two.spectrum(50, tol=1e-11), three.spectrum(20, resolution=(6, 6, 6))

    def error(spectrum, reference):
        return float(jnp.max(jnp.abs(spectrum.eigenvalues[1:] / reference.eigenvalues[1:] - 1)))

    return [
        ("torus, 50 eigenvalues, 357 unknowns: time", f"{times['fixed']:.3f} s", "0.1 to 0.2 s"),
        ("worst relative error", f"{error(fixed, fine):.1e}", "1e-11"),
        ("the same, resolution chosen: time", f"{times['adapted']:.3f} s", ""),
        (
            "worst relative error, worst residual",
            f"{error(adapted, fine):.1e}, {float(jnp.max(adapted.residuals)):.1e}",
            "",
        ),
        ("curved three-torus, 20 eigenvalues, 729 unknowns: time", f"{times['three']:.2f} s", ""),
        ("worst relative error", f"{error(low, high):.1e}", ""),
    ]
