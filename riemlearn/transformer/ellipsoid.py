r"""The image of a LayerNorm and its curvature: the exact answer that a study of all directions must find.

A LayerNorm with gains w and bias b has its values on

.. math:: \{\, b + w \odot z : \textstyle\sum_i z_i = 0,\ |z|^2 = d \,\},

the image of a round sphere of dimension d - 2 under a linear map: an ellipsoid.  For :math:`\epsilon > 0` the
vector z is shorter by the factor :math:`\sqrt{\mathrm{var} / (\mathrm{var} + \epsilon)}`, so that values lie
just inside; here z is put back on the sphere, an error of relative size :math:`\epsilon / \mathrm{var}`.

With :math:`\alpha = u / w` for a tangent vector u, the second fundamental form is :math:`\mathrm{II}(u, v) =
-\langle \alpha_u, \alpha_v \rangle N / d` with N the normal part of :math:`w \odot z`, and

.. math:: |N|^2 / d^2 = \Big( \sum_i (z_i - \zeta)^2 / w_i^2 \Big)^{-1}, \qquad
   \zeta = \frac{\sum_i z_i / w_i^2}{\sum_i 1 / w_i^2},

from which the Gauss equation gives every sectional curvature; w = 1 gives 1/d, that of a sphere of radius
sqrt(d).  A gain that is zero leaves an ellipsoid (the sum of z determines the lost entry).  Two such gains
leave an open piece of a linear space, which is flat.
"""

import equinox as eqx
import jax.numpy as jnp
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Bool, Float

from riemlearn.transformer.bert import LayerNorm


class Ellipsoid(eqx.Module):
    """Image of a LayerNorm.

    Attributes
    ----------
    weight, bias : array (d,)
        Gains and bias of the LayerNorm.
    """

    weight: Float[Array, " d"]
    bias: Float[Array, " d"]

    @classmethod
    def of(cls, norm: LayerNorm) -> "Ellipsoid":
        """Return the ellipsoid of a LayerNorm."""
        return cls(norm.weight, norm.bias)

    def flat(self) -> Bool[Array, ""]:
        """Whether two or more gains are dead, that is, below sqrt(machine epsilon) of the largest."""
        size = jnp.abs(self.weight)
        return jnp.sum(size <= jnp.sqrt(jnp.finfo(size.dtype).eps) * size.max()) >= 2

    def sectional(self, h: Float[Array, " d"], u: Float[Array, " d"], v: Float[Array, " d"]) -> Float[Array, ""]:
        """Sectional curvature at ``h`` of the plane spanned by the tangent vectors ``u`` and ``v``."""
        return self.mean_sectional(h, jnp.stack([u, v]))

    def mean_sectional(self, h: Float[Array, " d"], tangents: Float[Array, "k d"]) -> Float[Array, ""]:
        r"""Mean of the sectional curvature over the planes in the span of k tangent vectors.

        For an orthonormal basis :math:`t_a` of the span it is
        :math:`\sum_{a \ne b} K(t_a, t_b) / (k (k - 1))`, which does not depend on the basis.

        Parameters
        ----------
        h : array (d,)
            The point.
        tangents : array (k, d)
            Linearly independent tangent vectors; what is not tangent in them is dropped.
        """
        z, alpha, curvature = self._on_sphere(h, tangents)
        alpha = alpha - alpha.mean(-1, keepdims=True)
        alpha = alpha - (alpha @ z)[:, None] * z / (z @ z)
        triangle = jnp.linalg.qr((alpha * self.weight).T, mode="r")
        orthonormal = solve_triangular(triangle, alpha, trans="T")  # alpha of an orthonormal basis of the span
        gram = orthonormal @ orthonormal.T
        k = tangents.shape[0]
        mean = curvature * (jnp.trace(gram) ** 2 - jnp.sum(gram**2)) / (k * (k - 1))
        return jnp.where(self.flat(), 0, mean)

    def _on_sphere(
        self, h: Float[Array, " d"], tangents: Float[Array, "k d"]
    ) -> tuple[Float[Array, " d"], Float[Array, "k d"], Float[Array, ""]]:
        """Return z, the tangents over the gains, and ``|N|^2 / d^2``, not dividing by the least gain."""
        d = h.shape[0]
        smallest = jnp.arange(d) == jnp.argmin(jnp.abs(self.weight))
        rest = jnp.where(smallest, 0, 1 / jnp.where(smallest, 1, self.weight))
        z = (h - self.bias) * rest
        alpha = tangents * rest
        z = jnp.where(smallest, -z.sum(), z)
        alpha = jnp.where(smallest, -alpha.sum(-1, keepdims=True), alpha)
        z = z * jnp.sqrt(d / (z @ z))

        least = jnp.sum(jnp.where(smallest, self.weight, 0)) ** 2
        offset = z - jnp.sum(jnp.where(smallest, z, 0))
        shift = jnp.sum(offset * rest**2) / (1 + least * jnp.sum(rest**2))
        inverse = jnp.sum(((offset - least * shift) * rest) ** 2) + least * shift**2
        return z, alpha, 1 / inverse
