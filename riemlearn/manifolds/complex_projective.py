"""The complex projective plane, whose curvature is not constant but as symmetric as curvature can else be."""

from functools import cache
from math import pi, sqrt

import equinox as eqx
import jax
import jax.numpy as jnp
import sympy as sp
from jaxtyping import Array, Complex, Float, PRNGKeyArray

from riemlearn.errors import NoClosedForm, check_integer
from riemlearn.heat_kernel import Method
from riemlearn.laplace_beltrami import Levels
from riemlearn.manifolds.base import Manifold, Patch, squared_arc
from riemlearn.manifolds.curvature import Curvature
from riemlearn.manifolds.geodesics import end_through, start_through
from riemlearn.metric import Metric


class ComplexProjectivePlane(Manifold):
    r"""The complex projective plane :math:`\mathbb{CP}^2 = S^5 / U(1)` with the metric of Fubini and Study.

    The coordinates :math:`(x_1, y_1, x_2, y_2)` stand for the complex line through :math:`(1, u)`,
    :math:`u_k = x_k + i y_k`:

    .. math:: g = \frac{(1 + |u|^2)\, |du|^2 - |\bar u \cdot du|^2}{(1 + |u|^2)^2} .

    A plane at angle :math:`\alpha` to its image under i has sectional curvature :math:`1 + 3 \cos^2\alpha`: 4 for
    complex lines, 1 for real planes.  Ric = 6 g.  The chart leaves out a complex line at infinity.

    Examples
    --------
    >>> P = ComplexProjectivePlane()
    >>> P.levels(3).values.tolist(), P.levels(3).multiplicities.tolist()
    ([0.0, 12.0, 32.0], [1, 8, 27])
    >>> print(f"{P.distance([0.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]) / pi:.10f}")
    0.2500000000
    """

    dim: int = eqx.field(static=True, init=False, default=4)

    @property
    def metric(self) -> Metric:
        """The metric of Fubini and Study, with holomorphic sectional curvature 4."""
        return _metric()

    @property
    def embedding(self) -> "_Projector":
        r"""Into R^9: :math:`z z^* / \sqrt 2` of a unit vector z on the line, as its real and imaginary parts."""
        return _Projector()

    @property
    def volume(self) -> float:
        r""":math:`\pi^2 / 2`."""
        return pi**2 / 2

    @property
    def curvature(self) -> Curvature:
        """Ric = 6 g."""
        return Curvature.einstein_space(6, 4)

    @property
    def patch(self) -> Patch:
        """A cube about the origin."""
        return Patch((-1.0,) * 4, (1.0,) * 4)

    @property
    def source(self) -> str:
        """Where the formulas stand."""
        return (
            "Kobayashi, Nomizu, Foundations of Differential Geometry II, ch. IX; "
            "Berger, Gauduchon, Mazet, Le spectre d'une variété riemannienne, ch. III"
        )

    def levels(self, count: int) -> Levels:
        r""":math:`4 k (k + 2)`, :math:`(k + 1)^3` times."""
        ks = range(check_integer("levels: count", count, 1))
        return Levels.of((4 * k * (k + 2), (k + 1) ** 3) for k in ks)

    def squared_distance(self, x: Float[Array, "*#batch n"], y: Float[Array, "*#batch n"]) -> Float[Array, "*batch"]:
        r"""Square of the angle d of two lines: :math:`\sin d = |z \wedge w|` for unit vectors z and w on them."""
        u, v = _affine(x), _affine(y)
        step = v - u
        wedge = u[..., 0] * step[..., 1] - u[..., 1] * step[..., 0]
        scale = (1 + _square(u)) * (1 + _square(v))
        sine_squared = (_square(step) + wedge.real**2 + wedge.imag**2) / scale
        cosine = jnp.abs(1 + jnp.sum(u.conj() * v, axis=-1)) / jnp.sqrt(scale)
        return squared_arc(lambda sine: jnp.arctan2(sine, cosine), sine_squared)

    def geodesic_end(self, x: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, " n"]:
        """Below the great circle of S^5 that is orthogonal to the fibres."""
        return end_through(_lift, _coordinates, x, v, _horizontal)

    def geodesic_start(self, x: Float[Array, " n"], y: Float[Array, " n"]) -> Float[Array, " n"]:
        """Below the great circle to the nearest point of the fibre; NaN for lines that are orthogonal."""
        return start_through(_lift, _coordinates, x, y, _aligned)

    def closed_heat_kernel(self) -> Method:
        """There is none here.

        Raises
        ------
        NoClosedForm
            Always.
        """
        raise NoClosedForm(
            "ComplexProjectivePlane() has no heat kernel in closed form for all times; its levels(count) give the trace"
        )

    def sample(self, key: PRNGKeyArray, count: int) -> Float[Array, "count n"]:
        """Lines uniform on the whole plane."""
        return _coordinates(jax.random.normal(key, (check_integer("sample: count", count, 0), 6)))

    def __repr__(self) -> str:
        return "ComplexProjectivePlane()"


# A vector of C^3 is kept as its three real parts and then its three imaginary parts.


def _affine(x: Float[Array, "*batch n"]) -> Complex[Array, "*batch m"]:
    return jax.lax.complex(x[..., ::2], x[..., 1::2])


def _square(u: Complex[Array, "*batch m"]) -> Float[Array, "*batch"]:
    return jnp.sum(u.real**2 + u.imag**2, axis=-1)


def _lift(x: Float[Array, " n"]) -> Float[Array, " 6"]:
    """A unit vector on the line."""
    one, zero = jnp.ones_like(x[:1]), jnp.zeros_like(x[:1])
    return jnp.concatenate([one, x[::2], zero, x[1::2]]) / jnp.sqrt(1 + jnp.sum(x * x))


def _coordinates(z: Float[Array, "*batch 6"]) -> Float[Array, "*batch 4"]:
    """Quotients of the second and third component by the first."""
    re, im = z[..., :3], z[..., 3:]
    first = re[..., :1] ** 2 + im[..., :1] ** 2
    real = (re[..., 1:] * re[..., :1] + im[..., 1:] * im[..., :1]) / first
    imaginary = (im[..., 1:] * re[..., :1] - re[..., 1:] * im[..., :1]) / first
    return jnp.stack([real, imaginary], axis=-1).reshape(*z.shape[:-1], 4)


def _times_i(z: Float[Array, " 6"]) -> Float[Array, " 6"]:
    return jnp.concatenate([-z[3:], z[:3]])


def _horizontal(z: Float[Array, " 6"], v: Float[Array, " 6"]) -> Float[Array, " 6"]:
    """The tangent vector without its part along the fibre."""
    fibre = _times_i(z)
    return v - jnp.sum(v * fibre) * fibre


def _aligned(z: Float[Array, " 6"], w: Float[Array, " 6"]) -> Float[Array, " 6"]:
    r"""The multiple of w whose product with z is positive; NaN where rounding cannot tell."""
    real, imaginary = jnp.sum(z * w), jnp.sum(_times_i(z) * w)
    size = jnp.sqrt(real**2 + imaginary**2)
    size = jnp.where(size > 8 * float(jnp.finfo(z.dtype).eps), size, jnp.nan)
    return (real * w - imaginary * _times_i(w)) / size


class _Projector(eqx.Module):
    """The diagonal of z z* divided by sqrt 2, and real and imaginary parts of what is above it."""

    def __call__(self, x: Float[Array, " n"]) -> Float[Array, " d"]:
        re, im = _lift(x)[:3], _lift(x)[3:]
        rows, columns = jnp.triu_indices(3, 1)
        real = re[rows] * re[columns] + im[rows] * im[columns]
        imaginary = im[rows] * re[columns] - re[rows] * im[columns]
        return jnp.concatenate([(re**2 + im**2) / sqrt(2), real, imaginary])


@cache
def _metric() -> Metric:
    x1, y1, x2, y2 = coordinates = sp.symbols("x1 y1 x2 y2", real=True)
    scale = 1 + x1**2 + y1**2 + x2**2 + y2**2
    radial, turned = sp.Matrix(coordinates), sp.Matrix([-y1, x1, -y2, x2])
    matrix = (scale * sp.eye(4) - radial * radial.T - turned * turned.T) / scale**2
    return Metric.from_sympy(coordinates, matrix.applyfunc(sp.factor))
