"""The route that every textbook starts with: nested derivatives of g and of the Christoffel symbols, with an inverse.

It shares no code with the package; where the metric is ill-conditioned it is inaccurate.
"""

import jax
import jax.numpy as jnp


def metric_of(f):
    @jax.jit
    def g(x):
        j = jax.jacfwd(f)(x)
        return j.T @ j

    return g


def christoffel(g):
    @jax.jit
    def gamma(x):
        dg = jax.jacfwd(g)(x)  # [i, j, k] = d_k g_ij
        lowered = (jnp.einsum("lji->lij", dg) + jnp.einsum("lij->lij", dg) - jnp.einsum("ijl->lij", dg)) / 2
        return jnp.einsum("kl,lij->kij", jnp.linalg.inv(g(x)), lowered)

    return gamma


def riemann(g):
    """R^i_jkl = d_k Gamma^i_lj - d_l Gamma^i_kj + Gamma^i_km Gamma^m_lj - Gamma^i_lm Gamma^m_kj."""
    gamma = christoffel(g)

    @jax.jit
    def curvature(x):
        c, dc = gamma(x), jax.jacfwd(gamma)(x)  # dc[i, l, j, k] = d_k Gamma^i_lj
        half = jnp.einsum("iljk->ijkl", dc) + jnp.einsum("ikm,mlj->ijkl", c, c)
        return half - jnp.swapaxes(half, 2, 3)

    return curvature


def ricci(g):
    return lambda x: jnp.einsum("ijil->jl", riemann(g)(x))


def scalar(g):
    return lambda x: jnp.sum(jnp.linalg.inv(g(x)) * ricci(g)(x))


def random_map(key, n, d, width=12):
    """A smooth map without symmetry."""
    a, b, c = jax.random.split(key, 3)
    inner, outer = jax.random.normal(a, (n, width)), jax.random.normal(b, (width, d)) / width**0.5
    shift = jax.random.normal(c, (width,))
    return jax.jit(lambda x: jnp.tanh(x @ inner / n**0.5 + shift) @ outer + jnp.sin(x).sum() * outer[0])
