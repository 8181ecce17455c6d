"""Logarithm: the shortest geodesic found between two points, with all that is known of it."""

from typing import Any

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, Int

from riemlearn.connection.mesh import ORDER, mesh
from riemlearn.errors import ShapeError, Status
from riemlearn.metric import Metric
from riemlearn.tensor_field.evaluation import raise_failures


class Logarithm(eqx.Module):
    r"""The shortest geodesic :math:`\gamma` found from x to y, with :math:`\gamma(0) = x` and :math:`\gamma(1) = y`.

    ``found(s)`` is the point :math:`\gamma(s)`.  All is there whether the search succeeded or not; ``status`` says.

    Attributes
    ----------
    velocity : array of shape (..., n)
        :math:`\dot\gamma(0)`, the logarithm of y at x.
    distance : array of shape (...)
        The length of the curve.
    residual : array of shape (...)
        What the defect of the geodesic equation, integrated, would change in the curve, as a part of its length.
    energy_drift : array of shape (...)
        By how much :math:`g(\dot\gamma, \dot\gamma)` varies along the curve, as a part of its mean; 0 in theory.
    iterations : integer array of shape (...)
        Newton steps of the last solve.
    unique : boolean array of shape (...)
        Whether no other shortest geodesic was found and the ends are not conjugate.
    other : array of shape (..., n)
        Initial velocity of the next shortest geodesic that was found; NaN if there is none.
    margin : array of shape (...)
        Least second variation, 1 in flat space, 0 at conjugate ends, negative if the curve is no minimum.
    status : integer array of shape (...)
        A :class:`~riemlearn.errors.Status`.  With ``CUT_LOCUS`` the distance still holds.
    path : array of shape (..., m, n)
        Points of the curve at ``times``, the nodes of the mesh and both ends.
    times : array of shape (m,)
        Parameters of the path.
    """

    velocity: Float[Array, "*batch n"]
    distance: Float[Array, "*batch"]
    residual: Float[Array, "*batch"]
    energy_drift: Float[Array, "*batch"]
    iterations: Int[Array, "*batch"]
    unique: Bool[Array, "*batch"]
    other: Float[Array, "*batch n"]
    margin: Float[Array, "*batch"]
    status: Int[Array, "*batch"]
    path: Float[Array, "*batch m n"]
    times: Float[Array, " m"]
    accelerations: Float[Array, "*batch N n"]

    @property
    def nodes(self) -> int:
        """Number of collocation points."""
        return self.accelerations.shape[-2]

    def __call__(self, s: Any) -> Float[Array, "..."]:
        r"""Points :math:`\gamma(s)`: of shape ``(..., n)`` for a number s in [0, 1], ``(..., k, n)`` for k of them."""
        times = np.asarray(s, float)
        if times.ndim > 1 or np.any(times < 0) or np.any(times > 1):
            raise ShapeError(f"s must be a number or a list of numbers in [0, 1], got {s!r}")
        rows = mesh(self.nodes // ORDER).at(np.atleast_1d(times))
        points = jnp.vectorize(rows.points, signature="(n),(n),(N,n)->(m,n)")(
            self.path[..., 0, :], self.path[..., -1, :], self.accelerations
        )
        return points if times.ndim else points[..., 0, :]

    def __repr__(self) -> str:
        if isinstance(self.status, Tracer):
            return f"Logarithm of {self.status.shape} pairs of points, traced"
        count, status = self.status.size, np.asarray(self.status).ravel()
        if count == 0:
            return "Logarithm of no pairs of points"
        failed = {Status(int(code)).name: int(np.sum(status == code)) for code in np.unique(status) if code}
        state = ", ".join(f"{k} {name}" if count > 1 else name for name, k in failed.items()) or "unique"
        length = np.asarray(self.distance).ravel()
        size = f"{length[0]:.6g}" if count == 1 else f"{length.min():.6g} to {length.max():.6g}"
        return (
            f"{count} shortest geodesic{'s' if count > 1 else ''} of length {size} on {self.nodes} nodes, "
            f"residual {np.asarray(self.residual).max():.1e}: {state}"
        )


def raise_first(metric: Metric, found: Logarithm, status: Int[Array, "..."], what: str) -> None:
    """Raise for the first pair that failed, with what is known of it."""
    if isinstance(status, Tracer) or not metric.raises:
        return
    failed = np.flatnonzero(np.asarray(status))
    if failed.size == 0:
        return

    def entry(values: Array) -> Any:
        flat = np.asarray(values).reshape((-1, *values.shape[status.ndim :]))
        return flat[failed[0]]

    def explain(point: Float[Array, " n"], code: Status) -> str:
        end = ", ".join(f"{c:.6g}" for c in entry(found.path)[-1])
        if code == Status.CUT_LOCUS:
            several = [v for v in (entry(found.velocity), entry(found.other)) if np.all(np.isfinite(v))]
            told = " and ".join("(" + ", ".join(f"{c:.6g}" for c in v) + ")" for v in several)
            return f"to y = ({end}) lead the velocities {told}, of length {entry(found.distance):.6g}"
        if code in (Status.NOT_CONVERGED, Status.LEFT_CHART):
            return (
                f"to y = ({end}), residual {entry(found.residual):.2e} after {entry(found.iterations)} Newton steps "
                f"on {found.nodes} nodes; connect(...) keeps the path"
            )
        if code in (Status.NAN_INPUT, Status.OUTSIDE_CHART):
            inside = bool(metric.chart.contains(point)) and bool(np.all(np.isfinite(point)))
            return f"y = ({end})" if inside else metric.explain(point, code)
        return metric.explain(point, code)

    raise_failures(status, found.path[..., 0, :], what, explain)
