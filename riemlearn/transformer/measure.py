r"""The numbers of one token: geometry of its slice at every layer, spectrum of its full Jacobian."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from riemlearn.curvature import EmbeddedPoint
from riemlearn.errors import Status
from riemlearn.jets import Jet2, jet1, jet2
from riemlearn.transformer.bert import Encoder
from riemlearn.transformer.ellipsoid import Ellipsoid
from riemlearn.transformer.representation import Representation

_CHUNK = 48
_RANK_CUTOFF = 1e-9


class SliceNumbers(NamedTuple):
    r"""Geometry of the slice at one token, one entry for each layer (l of them).

    Attributes
    ----------
    norm : array (l,)
        Length :math:`|h|` of the hidden state.
    singular_values : array (l, k)
        Of the slice's Jacobian, descending.
    condition_number : array (l,)
        Largest over smallest singular value.
    volume_density, log_volume_density : array (l,)
        :math:`\sqrt{\det g}`, the product of the singular values, and its logarithm.
    scalar : array (l,)
        Scalar curvature of the pullback metric.
    sectional_mean : array (l,)
        Mean sectional curvature, scalar / (k (k - 1)).
    sectional_min, sectional_max : array (l,)
        Least and largest sectional curvature of the planes spanned by two singular directions of the slice.
    sectional_dimensionless : array (l,)
        ``sectional_mean`` times :math:`|h|^2`: 1 for a round sphere through h about the origin.
    sectional_relative : array (l,)
        ``sectional_mean`` over the mean sectional curvature of the layer's LayerNorm ellipsoid along the same
        tangent plane; NaN where that ellipsoid is flat.
    mean_curvature : array (l,)
        Length of the mean curvature vector tr II, not divided by k.
    status : int array (l,)
        A :class:`~riemlearn.errors.Status`; where it is not OK the curvatures are NaN.
    """

    norm: Float[Array, "*l"]
    singular_values: Float[Array, "*l k"]
    condition_number: Float[Array, "*l"]
    volume_density: Float[Array, "*l"]
    log_volume_density: Float[Array, "*l"]
    scalar: Float[Array, "*l"]
    sectional_mean: Float[Array, "*l"]
    sectional_min: Float[Array, "*l"]
    sectional_max: Float[Array, "*l"]
    sectional_dimensionless: Float[Array, "*l"]
    sectional_relative: Float[Array, "*l"]
    mean_curvature: Float[Array, "*l"]
    status: Int[Array, "*l"]


def measure_jet(jet: Jet2, ellipsoid: Ellipsoid) -> SliceNumbers:
    """Geometry of a slice in one layer from its 2-jet."""
    k = jet.first.shape[0]
    point = EmbeddedPoint.from_jet(jet)
    axes, values, _ = jnp.linalg.svd(jet.first, full_matrices=False)
    principal = point.frame.coframe @ (axes / values)
    form = jnp.einsum("pa,qb,pqd->abd", principal, principal, point.normals(), optimize=True)
    own = jnp.einsum("aad->ad", form)
    planes = (own @ own.T - jnp.sum(form**2, axis=-1))[np.triu_indices(k, 1)]

    scalar = point.scalar()
    mean = scalar / (k * (k - 1))
    reference = ellipsoid.mean_sectional(jet.value, jet.first)
    finite = jnp.isfinite(scalar) & jnp.all(jnp.isfinite(jet.value))
    status = jnp.where((point.frame.status == Status.OK) & ~finite, Status.NOT_FINITE, point.frame.status)

    def valid(x: Array) -> Array:
        return jnp.where(status == Status.OK, x, jnp.nan)

    log_volume = jnp.sum(jnp.log(values))
    norm_squared = jnp.sum(jet.value**2)
    return SliceNumbers(
        norm=jnp.sqrt(norm_squared),
        singular_values=values,
        condition_number=values[0] / values[-1],
        volume_density=jnp.exp(log_volume),
        log_volume_density=log_volume,
        scalar=valid(scalar),
        sectional_mean=valid(mean),
        sectional_min=valid(planes.min()),
        sectional_max=valid(planes.max()),
        sectional_dimensionless=valid(mean * norm_squared),
        sectional_relative=valid(jnp.where(ellipsoid.flat(), jnp.nan, mean / reference)),
        mean_curvature=valid(jnp.linalg.norm(point.mean_curvature())),
        status=status.astype(jnp.int32),
    )


@eqx.filter_jit
def measure_slice(
    representation: Representation, mask: Bool[Array, " t"], layers: Int[Array, " l"], ellipsoids: Ellipsoid
) -> SliceNumbers:
    """Geometry of the slice at one token in several layers, from a single 2-jet of all of them.

    Parameters
    ----------
    representation : Representation
        The token, the directions, and the encoder up to the last layer asked for.
    mask : bool array (T,)
        False where a token is padding.
    layers : int array (l,)
        The layers.
    ellipsoids : Ellipsoid
        Those layers' ellipsoids, stacked along a first axis.
    """
    states = _own_states(representation, mask, layers)
    jet = jet2(states, jnp.zeros(representation.dim, representation.directions.dtype))
    by_layer = Jet2(jet.value, jet.first.swapaxes(0, 1), jet.second.swapaxes(0, 1))
    return jax.vmap(measure_jet)(by_layer, ellipsoids)


@eqx.filter_jit
def own_jacobian(
    representation: Representation, mask: Bool[Array, " t"], layers: Int[Array, " l"]
) -> Float[Array, "l n d"]:
    """Differentiate the token's own state along every direction, in several layers; rows are directions."""
    states = _own_states(representation, mask, layers)
    n = representation.dim
    zero = jnp.zeros(n, representation.directions.dtype)
    # whole chunks of columns: as fast as all at once, with a bounded memory
    padded = jnp.eye(-(-n // _CHUNK) * _CHUNK, n, dtype=zero.dtype).reshape(-1, _CHUNK, n)
    columns = jax.lax.map(lambda basis: jet1(states, zero, basis).first, padded)
    return columns.reshape(-1, *columns.shape[2:])[:n].transpose(1, 0, 2)


def _own_states(
    representation: Representation, mask: Bool[Array, " t"], layers: Int[Array, " l"]
) -> Callable[[Float[Array, " k"]], Float[Array, "l d"]]:
    """Map from coordinates to the moved token's state in several layers."""

    def states(c: Float[Array, " k"]) -> Float[Array, "l d"]:
        return representation.own_states(representation.hidden_states(c, mask))[layers]

    return states


def stacked_ellipsoids(encoder: Encoder, layers: np.ndarray) -> Ellipsoid:
    """Ellipsoids of several layers, stacked along a first axis."""
    norms = [encoder.norm_of(int(layer)) for layer in layers]
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *[Ellipsoid.of(norm) for norm in norms])


def rank_cutoff(dtype: np.dtype, width: int) -> float:
    """Singular values below this fraction of the largest count as zero.

    In float64 it is 1e-9, which lies in the gap of every layer: the LayerNorm's epsilon leaves singular
    values of relative size 1e-10 in directions that an exact LayerNorm would send to zero.
    """
    return max(_RANK_CUTOFF, width * float(np.finfo(dtype).eps))


def ranks(spectra: Float[np.ndarray, "*b d"], cutoff: float) -> Int[np.ndarray, "*b"]:
    """Count the singular values above ``cutoff`` times the largest."""
    return np.asarray((spectra > cutoff * spectra[..., :1]).sum(-1))


def effective_ranks(spectra: Float[np.ndarray, "*b d"]) -> Float[np.ndarray, "*b"]:
    r"""Exponential of the entropy of :math:`\sigma_i^2 / \sum_j \sigma_j^2`.

    Roy and Vetterli, "The effective rank", EUSIPCO 2007, with squares of the singular values.
    """
    with np.errstate(invalid="ignore"):  # a spectrum of zeros or NaN has no effective rank: NaN
        square = (spectra / spectra[..., :1]) ** 2
        p = square / square.sum(-1, keepdims=True)
    return np.asarray(np.exp(-(p * np.log(np.where(p > 0, p, 1))).sum(-1)))
