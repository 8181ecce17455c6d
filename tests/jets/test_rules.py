"""Every rule against nested differentiation, for all choices of second derivatives at once."""

import jax
import jax.numpy as jnp
import pytest
from jax import lax

from .nested import X, agree

A = jax.random.normal(jax.random.key(0), (3, 4)) / 2
B = jax.random.normal(jax.random.key(1), (4, 4)) / 2
S = jnp.array([[3.0, 1.0, 0.0], [0.5, 2.0, -1.0], [0.2, 0.1, 4.0]])

UNARY = {
    "abs": jnp.abs,
    "acosh": lambda x: jnp.arccosh(2 + x),
    "acos": lambda x: jnp.arccos(x / 2),
    "asin": lambda x: jnp.arcsin(x / 2),
    "asinh": jnp.arcsinh,
    "atan": jnp.arctan,
    "atanh": lambda x: jnp.arctanh(x / 2),
    "bessel": lambda x: jax.scipy.special.i0e(x) + jax.scipy.special.i1e(x),
    "cbrt": lambda x: jnp.cbrt(2 + x),
    "clip": lambda x: jnp.clip(x * x, 0.1, 0.6),
    "cosh": jnp.cosh,
    "digamma": lambda x: jax.scipy.special.digamma(2 + x),
    "erf": lax.erf,
    "erfc": lax.erfc,
    "erf_inv": lambda x: lax.erf_inv(x / 2),
    "exp2": jnp.exp2,
    "expm1": jnp.expm1,
    "floor": lambda x: jnp.floor(x) * x,
    "igamma": lambda x: jax.scipy.special.gammainc(2.0, 2 + x),
    "integer_pow": lambda x: x**3 + x**-2,
    "lgamma": lambda x: jax.scipy.special.gammaln(2 + x),
    "log": lambda x: jnp.log(x * x),
    "log1p": lambda x: jnp.log1p(x / 2),
    "logistic": jax.nn.sigmoid,
    "pow": lambda x: (2 + x) ** 1.7,
    "rsqrt": lambda x: lax.rsqrt(2 + x),
    "sign": lambda x: jnp.sign(x) * x * x,
    "sin_cos": lambda x: jnp.sin(x) * jnp.cos(2 * x) - jnp.tan(x),
    "sinc": jnp.sinc,
    "sinh": jnp.sinh,
    "sqrt": lambda x: jnp.sqrt(2 + x),
    "square": jnp.square,
    "stop_gradient": lambda x: lax.stop_gradient(x * x) * x * x,
    "tanh": jnp.tanh,
}
ACTIVATIONS = {
    "celu": jax.nn.celu,
    "elu": jax.nn.elu,
    "gelu": jax.nn.gelu,
    "gelu_exact": lambda x: jax.nn.gelu(x, approximate=False),
    "leaky_relu": jax.nn.leaky_relu,
    "mish": jax.nn.mish,
    "relu": jax.nn.relu,
    "selu": jax.nn.selu,
    "silu": jax.nn.silu,
    "softplus": jax.nn.softplus,
    "squareplus": jax.nn.squareplus,
}
BINARY = {
    "add": lambda x, y: (x + y) + (jnp.sin(x) + 2.0) + (3.0 + y),
    "atan2": lambda x, y: jnp.arctan2(x, 2 + y * y),
    "div": lambda x, y: x / y + 1 / x + y / 3.0,
    "hypot": jnp.hypot,
    "logaddexp": jnp.logaddexp,
    "max": lambda x, y: jnp.maximum(x, y) * jnp.minimum(x, 0.5 + y),
    "mul": lambda x, y: (x * y) * jnp.sin(x) * jnp.cos(y) * 2.0 * jnp.exp(x + y),
    "pow": lambda x, y: jnp.abs(x) ** (1 + y * y),
    "select": lambda x, y: jnp.where(x > 0, x, y * y) + jnp.where(x > 0, x * x, 0.0) + jnp.where(x < y, 1.0, x * y),
    "sub": lambda x, y: (x - y) - (2.0 - jnp.sin(x)) - (jnp.cos(y) - x * y) - (x - jnp.tanh(x)),
}
SHAPES = {
    "broadcast": lambda x: jnp.broadcast_to(x[:, None], (3, 2)) * x[1],
    "concatenate": lambda x: jnp.concatenate([x * x, jnp.ones(2), x, jnp.sin(x)]),
    "complex": lambda x: jnp.abs(jnp.exp(1j * x) * x - jnp.fft.fft(x) * jnp.fft.fft(x * x)) ** 2,
    "convert": lambda x: (x * x).astype(jnp.float32).astype(jnp.float64)[:0],
    "convert_to_integers": lambda x: x * jnp.sum((10 * x * x).astype(int)),
    "cumsum": lambda x: jnp.cumsum(x**3),
    "dynamic_slice": lambda x: lax.dynamic_slice(x**2, (jnp.argmax(x) - 1,), (2,)),
    "dynamic_update_slice": lambda x: lax.dynamic_update_slice(x**2, jnp.sin(x[:2]), (1,)),
    "fft": lambda x: jnp.abs(jnp.fft.fft(x**2 + 1)) + jnp.fft.fft(x**3).real * jnp.fft.fft(x).imag,
    "gather": lambda x: (x**2)[jnp.array([[2, 0], [0, 1]])] * x[jnp.array([1, 1])],
    "pad": lambda x: jnp.pad(x * x, 1) + lax.pad(x, x[0] ** 2, ((1, 0, 0), (0, 1, 0))[:1])[0],
    "reduce_sum": lambda x: jnp.sum(jnp.outer(x, x) * x[0], 0),
    "reduce_window": lambda x: lax.reduce_window(x * x, 0.0, lax.add, (2,), (1,), "VALID"),
    "reshape": lambda x: jnp.outer(x, x).reshape(9, 1)[::-1].T.squeeze(0) ** 2,
    "roll": lambda x: jnp.roll(x**2, 1) * jnp.flip(x),
    "scatter": lambda x: (x * x).at[jnp.array([0, 2])].set(jnp.sin(x[:2])),
    "scatter_add": lambda x: x.at[jnp.array([0, 0])].add(x[1:] ** 2) + jnp.zeros(3).at[1].set(x[0] * x[2]),
    "split": lambda x: jnp.stack(jnp.split(x**2, 3)) * jnp.tile(x, 2)[:3],
    "scalars": lambda x: x[0] * x * x[1] + jnp.sin(x[2]),
}
PRODUCTS = {
    "constant_right": lambda x: jnp.tanh(x**2 @ A) @ B,
    "constant_left": lambda x: B @ jnp.tanh(A.T @ x**2),
    "matrix_left": lambda x: B @ jnp.outer(jnp.sin(x @ A), x),
    "two_factors": lambda x: jnp.outer(x, x) @ jnp.sin(x[:, None] * A),
    "outer": lambda x: jnp.tensordot(B, jnp.sin(x), 0) + jnp.tensordot(B[0], jnp.sin(x), 0),
    "entrywise": lambda x: jnp.einsum("i,i->i", x, jnp.sin(x)) + jnp.einsum("i,i->i", x, jnp.ones(len(x))),
    "one_linear": lambda x: x @ S @ x + x @ jnp.sin(x),
    "outer_product": lambda x: jnp.einsum("i,j->ij", x, jnp.sin(x)),
    "outer_constant": lambda x: jnp.einsum("i,j->ij", B[0], jnp.sin(x)),
    "batched": lambda x: jnp.einsum("bij,bjk->bik", jnp.sin(A.T[:, :, None] * x), jnp.cos(B[..., None] * x)[:, :3]),
    "batched_constant": lambda x: jnp.einsum("bi,bij->bj", jnp.sin(B * x[0]), jnp.stack([B, 2 * B, B.T, B @ B])),
    "vmap": lambda x: jax.vmap(lambda row: jnp.tanh(row @ A) * x[0])(jnp.outer(x, x)),
    "conv": lambda x: lax.conv_general_dilated(
        jnp.outer(x, x)[None, None], B[:3, :3].reshape(1, 1, 3, 3), (1, 1), "SAME"
    ),
    "conv_kernel": lambda x: lax.conv_general_dilated(B[None, None], jnp.outer(x, x)[None, None], (1, 1), "VALID"),
    "conv_both": lambda x: jnp.convolve(x**2, jnp.sin(x)),
    "solve_triangular": lambda x: (
        jax.scipy.linalg.solve_triangular(S, x**2)
        + jax.scipy.linalg.solve_triangular(S + jnp.outer(x, x), jnp.sin(x), lower=True)
    ),
}
FALLBACK = {
    "cumprod": lambda x: jnp.cumprod(x) + jnp.cumsum(x),
    "cumlogsumexp": lax.cumlogsumexp,
    "prod": lambda x: jnp.prod(jnp.sin(x)),
    "max": lambda x: jnp.max(x**2) * jnp.min(jnp.sin(x)),
    "max_pool": lambda x: lax.reduce_window(x**2, -jnp.inf, lax.max, (2,), (1,), "VALID"),
    "sort": lambda x: jnp.sort(jnp.sin(3 * x)),
    "top_k": lambda x: lax.top_k(x**2, 2)[0],
    "solve": lambda x: jnp.linalg.solve(S + jnp.outer(x, x), x**2),
    "inv_det": lambda x: jnp.linalg.inv(S + jnp.outer(x, x)) * jnp.linalg.det(S * x[0] ** 2),
    "slogdet": lambda x: jnp.linalg.slogdet(S + jnp.outer(x, x))[1],
    "cholesky": lambda x: jnp.linalg.cholesky(S @ S.T + jnp.outer(x, x)),
    "eigh": lambda x: jnp.linalg.eigvalsh(S @ S.T + jnp.outer(x, x)),
    "qr": lambda x: jnp.linalg.qr(S + jnp.outer(x, x))[1],
    "norm": lambda x: x / jnp.linalg.norm(x),
}


def step(state, t):
    state = jnp.tanh(state @ S / 3 + X * t)
    return state, state.sum()


def reverse_scan(x):
    (h, count, fixed), (seen, numbers) = lax.scan(
        lambda s, a: ((jnp.sin(s[0] * a) + x, s[1] + 1, s[2]), (a * s[0][0], s[1])),
        (x, 0, jnp.ones(2)),
        jnp.outer(x, x),
        reverse=True,
    )
    return jnp.concatenate([h * count, seen.ravel(), numbers * x[0], fixed])


def late_scan(x):
    """What varies reaches the last of the carried arrays after three rounds only."""
    return lax.scan(
        lambda s, _: ((s[0] + x[0], s[0] * s[0] + s[1], s[1] * x[1] + s[2]), None), (0.0, 0.0, 0.0), length=4
    )


CONTROL = {
    "scan": lambda x: lax.scan(step, x * x, jnp.arange(3.0))[1],
    "scan_reverse": reverse_scan,
    "scan_late": lambda x: jnp.stack(late_scan(x)[0]),
    "scan_empty": lambda x: lax.scan(step, x * x, jnp.zeros(0))[0],
    "map": lambda x: lax.map(lambda row: jnp.sin(row) * x, jnp.outer(x, x)),
    "fori": lambda x: lax.fori_loop(0, 3, lambda i, s: jnp.sin(s) * x[i], x),
    "while": lambda x: lax.while_loop(lambda s: s[0] < 3 * x[2], lambda s: (s[0] + 1, jnp.sin(s[1]) + x), (0.0, x))[1],
    "cond": lambda x: (
        lax.cond(x[0] > 0, lambda y: y, lambda y: jnp.sin(y) * x, x * x) + lax.cond(x[0] < 0, jnp.sin, jnp.ones_like, x)
    ),
    "switch": lambda x: lax.switch(jnp.argmax(x), [jnp.sin, jnp.cos, lambda y: y @ S @ y * y], x),
    "remat": jax.checkpoint(lambda x: jnp.sin(x @ A) @ B),
    "jit": lambda x: jax.jit(lambda y: (jnp.sin(y) * jnp.mean(y), jnp.argmax(y)))(x)[0],
    "jit_two_outputs": lambda x: jnp.outer(*jax.jit(lambda y: (jnp.sin(y) * y, jnp.tanh(y)))(x * x)),
    "identity": lambda x: x,
    "constant": lambda x: jnp.ones((2, 2)),
    "debug": lambda x: jax.debug.callback(lambda v: None, x) or x * x,
}
CASES = {
    **{f"unary-{name}": f for name, f in UNARY.items()},
    **{f"activation-{name}": f for name, f in ACTIVATIONS.items()},
    **{f"two-{name}": lambda x, f=f: f(x, jnp.roll(x, 1)) for name, f in BINARY.items()},
    **{f"one-{name}": lambda x, f=f: f(jnp.sin(x) + 1.5, x * x) for name, f in BINARY.items()},
    **{f"shape-{name}": f for name, f in SHAPES.items()},
    **{f"product-{name}": f for name, f in PRODUCTS.items()},
    **{f"fallback-{name}": f for name, f in FALLBACK.items()},
    **{f"control-{name}": f for name, f in CONTROL.items()},
}


@pytest.mark.parametrize("name", CASES)
def test_rule(name):
    agree(CASES[name])


@jax.custom_jvp
def declared(x):
    return jnp.sin(x)


@declared.defjvp
def _(primals, tangents):
    return declared(*primals), 3 * primals[0] ** 2 * tangents[0]


@jax.custom_jvp
def coupled(x):
    """A function of entries whose declared derivative mixes them."""
    return jnp.sin(x)


@coupled.defjvp
def _(primals, tangents):
    return coupled(*primals), jnp.sum(tangents[0]) * jnp.roll(primals[0], 1) ** 2


@pytest.mark.parametrize("f", [declared, coupled, jax.jit(declared), jax.jit(coupled)])
def test_the_derivative_that_a_function_declares_is_the_one_used(f):
    agree(lambda x: f(x * x) * x)


def test_softmax_and_log_sum_exp():
    agree(lambda x: jax.nn.softmax(jnp.outer(x, x), -1) + jax.scipy.special.logsumexp(x) + jax.nn.log_softmax(x * x))
