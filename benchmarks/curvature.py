"""Riemann tensor of a learned map: the Gauss route against nested derivatives of g and of the Christoffel symbols.

Both are compiled, and run in turn in one process, so that a change of the machine's load meets both alike.
"""

import jax
import jax.numpy as jnp

import riemlearn as rl
from benchmarks.timing import interleaved

LAYERS = (8, 128, 128, 64)
BATCH = 64


def perceptron(key):
    """An MLP with gelu, 8 -> 128 -> 128 -> 64."""
    keys = jax.random.split(key, 2 * len(LAYERS))
    weights = [
        (jax.random.normal(a, (i, o)) * 1.3 / i**0.5, 0.1 * jax.random.normal(b, (o,)))
        for i, o, a, b in zip(LAYERS, LAYERS[1:], keys[::2], keys[1::2], strict=False)
    ]

    def f(x):
        for w, b in weights[:-1]:
            x = jax.nn.gelu(x @ w + b)
        w, b = weights[-1]
        return x @ w + b

    return f


def nested(f):
    """R^i_jkl as in every textbook: three derivatives of f and an inverse."""

    def metric(x):
        j = jax.jacfwd(f)(x)
        return j.T @ j

    def gamma(x):
        d = jax.jacfwd(metric)(x)
        lowered = (jnp.swapaxes(d, 1, 2) + d - jnp.transpose(d, (2, 0, 1))) / 2
        return jnp.einsum("kl,lij->kij", jnp.linalg.inv(metric(x)), lowered)

    def riemann(x):
        c, d = gamma(x), jax.jacfwd(gamma)(x)
        half = jnp.einsum("iljk->ijkl", d) + jnp.einsum("ikm,mlj->ijkl", c, c)
        return half - jnp.swapaxes(half, 2, 3)

    return riemann


def run() -> list[tuple[str, str, str]]:
    """Rows of what was measured: name, figure, target."""
    f = perceptron(jax.random.key(0))
    x = jax.random.normal(jax.random.key(1), (BATCH, LAYERS[0]))
    nabla = rl.Connection(rl.Metric.from_embedding(f, dim=LAYERS[0]))
    slow, fast = jax.jit(jax.vmap(nested(f))), jax.jit(lambda x: nabla.riemann(x))
    difference = jnp.linalg.norm(slow(x) - fast(x)) / jnp.linalg.norm(slow(x))
    times = interleaved({"nested jacfwd": lambda: slow(x), "riemlearn": lambda: fast(x)})
    what = f"Riemann tensor, MLP {' -> '.join(map(str, LAYERS))}, float64, batch {BATCH}"
    return [
        (f"{what}: nested jacfwd", f"{times['nested jacfwd'] * 1e3:.1f} ms", ""),
        (f"{what}: riemlearn", f"{times['riemlearn'] * 1e3:.1f} ms", ""),
        ("ratio", f"{times['nested jacfwd'] / times['riemlearn']:.1f}", ">= 5"),
        ("relative difference of the two", f"{difference:.1e}", ""),
    ]
