"""FiniteMetric: the pullback by a map without derivatives; differences stand in, with estimates of their errors."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, Int

from riemlearn.chart import Chart
from riemlearn.curvature import (
    EmbeddedPoint,
    Frame,
    LocalGeometry,
    Plan,
    Signature,
    TensorDirections,
    first_failure,
    plan_embedding,
)
from riemlearn.curvature.frame import refine, seed_from_jacobian
from riemlearn.errors import MetricError, ShapeError, Status
from riemlearn.jets.finite import FiniteJet, finite_jet2, show
from riemlearn.jets.jet import Jet2
from riemlearn.metric.diagnosis import Diagnosis, OnDegenerate, check_eps, check_on_degenerate
from riemlearn.metric.numeric import NumericMetric, chart_for
from riemlearn.tensor_field import PointsLike, as_points
from riemlearn.tensor_field.evaluation import OnHost, with_input_checked


class FiniteImmersion(eqx.Module):
    """The map of a :class:`FiniteMetric`, with its jets and the extrinsic geometry of its image."""

    metric: "FiniteMetric"

    def __repr__(self) -> str:
        return f"Immersion that induces the {self.metric.title}"

    def __call__(self, x: PointsLike) -> Float[Array, "*batch d"]:
        """Points of the ambient space."""
        return self.metric.evaluate_vectors(_point, "embedding", x)

    def jacobian(self, x: PointsLike) -> Float[Array, "*batch d n"]:
        """Jacobian matrix; it need not have full rank."""
        return self.metric.evaluate_vectors(_jacobian, "Jacobian", x)

    def second_fundamental_form(self, x: PointsLike) -> Float[Array, "*batch n n d"]:
        r""":math:`\mathrm{II}_{ij}`, the normal part of :math:`\partial_i \partial_j f`."""
        return self.metric.evaluate_vectors(_second_fundamental_form, "second fundamental form", x)

    def mean_curvature(self, x: PointsLike) -> Float[Array, "*batch d"]:
        r"""Mean curvature vector :math:`H = \mathrm{tr}_g\,\mathrm{II}`, not divided by n."""
        return self.metric.evaluate_vectors(_mean_curvature, "mean curvature", x)

    def jet(self, x: PointsLike) -> FiniteJet:
        """Value, first and second derivatives along the coordinates at one point, with the estimates of their errors.

        Raises
        ------
        ShapeError
            If it is not one point.
        ChartError
            If the point is not finite, or lies outside the chart.
        """
        points = as_points(x, self.metric.dim)
        if points.ndim != 1:
            raise ShapeError(f"jet takes one point of shape ({self.metric.dim},), got shape {points.shape}")
        return self.metric.jet(np.asarray(points, dtype=np.float64))


class FiniteMetric(NumericMetric, OnHost):
    r"""The metric that a Python callable into Euclidean space induces, by differences.

    Made by ``Metric.from_embedding(f, dim=n, derivatives="finite")``.  Every field is computed as for other embeddings:
    the Jacobian gives a frame, the 2-jet along the frame the curvature (Gauss).  The derivatives are central
    differences in float64 (:func:`riemlearn.jets.finite.finite_jet2`), whatever the dtype of the points.

    The map is called from Python, one point at a time, some hundred times a point, so that nothing can be traced:
    under ``jax.jit``, ``jax.vmap`` and ``jax.grad`` calls raise a :class:`~riemlearn.errors.MetricError`.
    """

    function: Callable[[Any], Any] = eqx.field(static=True)
    chart: Chart = eqx.field(static=True)
    signature: Signature = eqx.field(static=True)
    on_degenerate: OnDegenerate = eqx.field(static=True)
    rank_tol: float | None = eqx.field(static=True)
    rank: None = eqx.field(static=True, default=None)

    @classmethod
    def build(
        cls, f: Any, dim: int | None, chart: Chart | None, on_degenerate: OnDegenerate, rank_tol: float | None
    ) -> "FiniteMetric":
        """Check the arguments of :meth:`Metric.from_embedding` and make the metric."""
        if dim is None and chart is not None:
            dim = chart.dim
        if dim is None or not callable(f):
            raise ShapeError(
                f"from_embedding: derivatives='finite' needs a callable and dim=n, got {type(f).__name__} and dim={dim}"
            )
        return cls(
            function=f,
            chart=chart_for(dim, chart),
            signature="riemannian",
            on_degenerate=check_on_degenerate(on_degenerate),
            rank_tol=rank_tol,
        )

    @property
    def immersion(self) -> FiniteImmersion:
        """The map itself, its jets and its second fundamental form."""
        return FiniteImmersion(self)

    def numeric(self) -> "FiniteMetric":
        """Itself."""
        return self

    def regularised(self, eps: Any) -> "FiniteMetric":
        r"""The metric :math:`g + \epsilon I`, that of the map :math:`(f(x), \sqrt\epsilon\,x)`."""
        scale, f = check_eps(eps) ** 0.5, self.function
        return replace(self, function=lambda x: np.concatenate([np.asarray(f(x)), scale * np.asarray(x)]))

    def plan(self, quantity: str, planes: int = 1) -> Plan:
        """The way that a quantity will be computed: differences along all pairs of directions."""
        return Plan(quantity, "all pairs", plan_embedding("riemann", self.dim, None).columns)

    # -- at one point -----------------------------------------------------------------------------------------------

    def local(self, x: Float[Array, " n"]) -> EmbeddedPoint:
        """Connection and curvature at one point, by the Gauss route."""
        seed, jet, _ = self._seeded(x)
        return _geometry(seed, jet)

    def directions(self, x: Float[Array, " n"]) -> TensorDirections:
        """The geometry at one point along given directions."""
        local = self.local(x)
        return TensorDirections(local.frame, local)

    def matrix_and_frame(self, x: Float[Array, " n"]) -> tuple[Float[Array, "n n"], Frame]:
        """The matrix at one point and an orthonormal frame, from the QR factorisation of the Jacobian."""
        found = self.jet(_concrete(x), second=False)
        return _matrix_and_frame(jnp.asarray(found.jet.first, x.dtype), jnp.asarray(_rank_status(found), jnp.int32))

    def raw_inner(self, x: Float[Array, " n"], u: Float[Array, " n"], v: Float[Array, " n"]) -> Float[Array, ""]:
        r""":math:`\langle Df\,u, Df\,v \rangle`; g is not formed."""
        vectors = np.stack([_concrete(u), _concrete(v)])
        along_u, along_v = jnp.asarray(self.jet(_concrete(x), vectors, second=False).jet.first, x.dtype)
        return along_u @ along_v

    def jet(self, x: np.ndarray, basis: np.ndarray | None = None, second: bool = True) -> FiniteJet:
        """The jet at one point along the rows of a basis; the steps stay inside the chart."""
        if not (np.all(np.isfinite(x)) and bool(self.chart.contains(x))):
            # no derivative is defined here; the value tells the shape, and the status what was wrong
            return finite_jet2(lambda y: np.full(np.shape(self.function(y)), np.nan), x, basis, second=second)
        found = finite_jet2(self.function, x, basis, inside=lambda y: bool(self.chart.contains(y)), second=second)
        if found.jet.value.ndim != 1 or found.jet.value.shape[0] < self.dim:
            raise ShapeError(
                f"the embedding must return shape (d,) with d >= dim = {self.dim}, got {found.jet.value.shape} "
                f"at x = {show(x)}"
            )
        return found

    def _of(self, local: LocalGeometry, quantity: str, x: Float[Array, " n"]) -> Float[Array, "..."]:
        return super()._of(local, quantity, x) if quantity == "cotton" else _component(local, quantity)

    def _seeded(self, x: Float[Array, " n"]) -> tuple[Frame, Jet2, Jet2]:
        """A seed frame, the 2-jet along it, and the estimated errors of that."""
        point = _concrete(x)
        found = self.jet(point, second=False)
        status = _rank_status(found)
        seed = _seed(jnp.asarray(found.jet.first, x.dtype))
        if status == Status.OK:
            found = self.jet(point, np.asarray(seed.basis, dtype=np.float64).T)
        else:
            found = finite_jet2(lambda y: np.full(np.shape(found.jet.value), np.nan), point)
        seed = seed._replace(status=jnp.asarray(status, jnp.int32))
        jet, error = (jax.tree.map(lambda v: jnp.asarray(v, x.dtype), part) for part in (found.jet, found.error))
        return seed, jet, error

    # -- errors -----------------------------------------------------------------------------------------------------

    def error(self, quantity: str, x: PointsLike) -> Float[Array, "..."]:
        r"""Estimated error of a quantity that the differences leave in it, at points of shape ``(..., n)``.

        With the errors :math:`\epsilon_c` of the columns :math:`J_c` of the jet (first and second derivatives along the
        frame) it is, to first order, :math:`\bigl(\sum_c \lvert \partial Q / \partial J_c \rvert^2 \epsilon_c^2
        \bigr)^{1/2}` for each component Q.

        Parameters
        ----------
        quantity : str
            Its name: metric, inverse, volume_density, christoffel, riemann, ricci, scalar and the others that come from
            one 2-jet.
        x : array-like of shape (..., n)
            Points.

        Raises
        ------
        ShapeError
            If there is no such quantity.

        Examples
        --------
        >>> import math
        >>> from riemlearn import Connection, Metric
        >>> def sphere(x):
        ...     return [math.sin(x[0]) * math.cos(x[1]), math.sin(x[0]) * math.sin(x[1]), math.cos(x[0])]
        >>> g = Metric.from_embedding(sphere, dim=2, derivatives="finite")
        >>> scalar, error = Connection(g).scalar([1.0, 0.5]), g.error("scalar", [1.0, 0.5])
        >>> bool(abs(scalar - 2) < 10 * error), bool(error < 1e-9)
        (True, True)
        """
        if not hasattr(EmbeddedPoint, quantity) or quantity not in _QUANTITIES:
            raise ShapeError(f"error: quantity must be one of {_QUANTITIES}, got {quantity!r}")
        return self.evaluate_vectors(_Error(quantity), f"error of {quantity}", x)

    def diagnose(self, x: PointsLike) -> Diagnosis:
        """Singular values of the Jacobian; the cut-off is at least the error of the differences."""
        points = as_points(x, self.dim)
        rows = np.asarray(points, dtype=np.float64).reshape(-1, self.dim)
        jets = [self.jet(row, second=False) for row in rows]
        jacobian = np.stack([np.asarray(found.jet.first).T for found in jets])
        finite = np.all(np.isfinite(jacobian), axis=(-1, -2))
        _, singular, directions = np.linalg.svd(np.where(finite[:, None, None], jacobian, 0), full_matrices=False)
        relative = [_relative_error(found, s) for found, s in zip(jets, singular, strict=True)]
        cutoff = max(relative) if self.rank_tol is None else self.rank_tol
        batch = points.shape[:-1]
        return Diagnosis(
            np.where(finite[:, None], singular, np.nan).reshape(*batch, -1),
            directions.reshape(*batch, *directions.shape[1:]),
            float(cutoff),
        )

    def explain(self, x: Float[Array, " n"], status: Status) -> str:
        """Details of a failure at one point; for values that are not finite, the sample point."""
        if status == Status.NOT_FINITE:
            failed = self.jet(_concrete(x)).failed
            if failed is not None:
                return f"the map is not finite at the sample point {show(failed)}"
        return super().explain(x, status)


_QUANTITIES = (
    *("metric", "inverse", "volume_density", "christoffel", "christoffel_first", "riemann", "riemann_lowered"),
    *("riemann_mixed", "ricci", "scalar", "einstein", "schouten", "weyl", "kretschmann", "ricci_squared"),
    *("weyl_squared", "euler_density", "second_fundamental_form", "mean_curvature"),
)


class _Error(eqx.Module):
    """The error of a quantity at one point, as what fields are computed by."""

    quantity: str = eqx.field(static=True)

    def __call__(self, metric: FiniteMetric, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
        seed, jet, error = metric._seeded(x)
        return with_input_checked(
            metric.chart, x, _propagated(self.quantity, seed, jet, error), _geometry(seed, jet).status
        )


def _concrete(x: Any) -> np.ndarray:
    """A point as float64 numbers.

    Raises
    ------
    MetricError
        If it is being traced.
    """
    if isinstance(x, Tracer):
        raise MetricError(
            "derivatives='finite' calls the map from Python and cannot be traced: call this outside jit, vmap and "
            "grad; fields that differentiate others, such as cotton or nabla(T), need a map that JAX can differentiate"
        )
    return np.asarray(x, dtype=np.float64)


def _relative_error(found: FiniteJet, singular: np.ndarray) -> float:
    """The relative size below which a singular value of a Jacobian by differences is as good as zero."""
    n, d = np.asarray(found.jet.first).shape
    rounding = max(n, d) * float(np.finfo(np.float64).eps)
    error = float(np.linalg.norm(np.asarray(found.error.first)))
    return max(rounding, error / singular[0]) if singular[0] > 0 and np.isfinite(error) else rounding


def _rank_status(found: FiniteJet) -> Status:
    """Whether all singular values of a Jacobian by differences are more than its errors."""
    first = np.asarray(found.jet.first)
    if not np.all(np.isfinite(first)):
        return Status.NOT_FINITE
    singular = np.linalg.svd(first, compute_uv=False)
    return Status.OK if singular[-1] > _relative_error(found, singular) * singular[0] else Status.RANK_DEFICIENT


_seed = eqx.filter_jit(seed_from_jacobian)


# A seed is given up when the differences along it miss an orthonormal basis by this much.
_LARGEST_MISS = 0.25


@eqx.filter_jit
def _geometry(seed: Frame, jet: Jet2) -> EmbeddedPoint:
    """Geometry from a 2-jet along a seed frame."""
    point, n = EmbeddedPoint.from_jet(jet), jet.first.shape[0]
    inner = point.frame
    miss = jnp.linalg.norm(jet.first @ jet.first.T - jnp.eye(n, dtype=jet.first.dtype))
    orthonormal = jnp.where(miss <= _LARGEST_MISS, Status.OK, Status.RANK_DEFICIENT)
    frame = Frame(
        seed.basis @ inner.basis,
        inner.coframe @ seed.coframe,
        seed.signs,
        seed.volume_density * inner.volume_density,
        first_failure(seed.status, inner.status, orthonormal),
    )
    return eqx.tree_at(lambda p: p.frame, point, frame)


@eqx.filter_jit
def _component(local: LocalGeometry, quantity: str) -> Array:
    return getattr(local, quantity)()


@eqx.filter_jit
def _matrix_and_frame(jacobian: Float[Array, "n d"], status: Int[Array, ""]) -> tuple[Float[Array, "n n"], Frame]:
    seed = seed_from_jacobian(jacobian)
    along = seed.basis.T @ jacobian
    frame = refine(seed, along @ along.T)[0]
    return jacobian @ jacobian.T, frame._replace(status=first_failure(status, frame.status))


@eqx.filter_jit
def _propagated(quantity: str, seed: Frame, jet: Jet2, error: Jet2) -> Array:
    """First-order propagation of the errors of the columns of a jet, which are independent."""

    def value(first: Array, second: Array) -> Array:
        return getattr(_geometry(seed, Jet2(jet.value, first, second)), quantity)()

    parts = jax.jacrev(value, argnums=(0, 1))(jet.first, jet.second)
    squares = (
        jnp.sum(jnp.sum(part**2, axis=-1) * scale**2, axis=-1)
        for part, scale in zip(parts, (error.first, error.second), strict=True)
    )
    return jnp.sqrt(sum(squares))  # pyright: ignore[reportArgumentType]


def _point(metric: FiniteMetric, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    value = metric.jet(_concrete(x), np.zeros((0, metric.dim)), second=False).jet.value
    return with_input_checked(metric.chart, x, jnp.asarray(value, x.dtype), jnp.asarray(Status.OK))


def _jacobian(metric: FiniteMetric, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    first = metric.jet(_concrete(x), second=False).jet.first
    return with_input_checked(metric.chart, x, jnp.asarray(first, x.dtype).T, jnp.asarray(Status.OK))


def _second_fundamental_form(metric: FiniteMetric, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    point = metric.local(x)
    return with_input_checked(metric.chart, x, _component(point, "second_fundamental_form"), point.status)


def _mean_curvature(metric: FiniteMetric, x: Float[Array, " n"]) -> tuple[Array, Int[Array, ""]]:
    point = metric.local(x)
    return with_input_checked(metric.chart, x, _component(point, "mean_curvature"), point.status)
