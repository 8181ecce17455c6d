r"""The commuting squares: one quantity, by every route, against the oracle.

=============  =======================================================================================
route          what is computed
=============  =======================================================================================
closed form    SymPy's tensor calculus on the metric, then evaluated in floating point
autodiff       the same metric without its closed form: JAX differentiates the compiled matrix
embedding      the Gauss equation of a map that has this metric: into Euclidean space where one is known, and JAX
               never differentiates the metric; else of a graph (:mod:`riemlearn.verify.graph`)
identity       the published curvature, as far as it says: :math:`R_{ijkl} = K (g_{ik} g_{jl} - g_{il} g_{jk})`,
               :math:`\mathrm{Ric} = \lambda g` or a formula for it, and scalars
=============  =======================================================================================

The oracle (:mod:`riemlearn.verify.oracle`) shares no step with any of them.  Points are drawn
in float64; a second time they are rounded to float32, where the oracle is asked again at the rounded points,
so that rounding of the question is not taken for an error of the answer.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jaxtyping import Array, Float

from riemlearn.connection import Connection
from riemlearn.laplace_beltrami import LaplaceBeltrami
from riemlearn.metric import Metric
from riemlearn.to_jax import Program
from riemlearn.verify.cases import Case
from riemlearn.verify.graph import as_graph
from riemlearn.verify.norms import field_scale, relative_error
from riemlearn.verify.oracle import PointGeometry, geometry
from riemlearn.verify.rows import TOLERANCE, Row, answer, compiled, row

QUANTITIES = ("metric", "christoffel", "riemann", "ricci", "scalar", "laplace_beltrami")

Fields = Callable[[Float[Array, "points n"]], dict[str, Float[Array, "points ..."]]]


def squares(
    case: Case,
    quantities: Sequence[str],
    points: Float[Array, "points n"],
    dtypes: Sequence[str] = tuple(TOLERANCE),
) -> Iterator[Row]:
    """Rows of one manifold: each quantity by each route in float64, then in float32."""
    routes = _routes(case.manifold, quantities)
    for dtype in dtypes:
        x = points.astype(dtype)
        truth = _truth(case.manifold.metric, np.asarray(x, np.float64), "laplace_beltrami" in quantities)
        found = {
            route: {name: answer(values, dtype) for name, values in compiled(fields)(x).items()}
            for route, fields in routes.items()
        }
        if dtype == "float64":
            found["identity"] = _published(case, quantities, np.asarray(x), truth)
        for quantity in quantities:
            true = np.stack([getattr(t, quantity) for t in truth])
            scales = field_scale(true, np.array([t.terms[quantity] for t in truth]))
            for route, values in found.items():
                if quantity in values:
                    zipped = zip(values[quantity], true, scales, strict=True)
                    errors = [relative_error(got, t, s) for got, t, s in zipped]
                    yield row(case.name, quantity, route, dtype, errors, np.asarray(x))


def probe(sin: Callable[[Any], Any], x: Any) -> Any:
    r"""Evaluate :math:`x_n \sin x_1 + x_1^2 x_2 + \dots + x_{n-1}^2 x_n`, whose Laplacian is taken.

    Written once: ``sin`` and ``x`` are SymPy's or JAX's.
    """
    value = sin(x[0]) * x[-1]
    for i in range(len(x) - 1):
        value = value + x[i] ** 2 * x[i + 1]
    return value


def _truth(metric: Any, points: Float[np.ndarray, "points n"], laplacian: bool) -> list[PointGeometry]:
    """Ask the oracle at each point, for what follows from the closed form of the metric alone."""
    function = probe(sp.sin, metric.symbols) if laplacian else None
    matrix = metric.expr.applyfunc(metric.closed_form.explicit)
    return [geometry(metric.symbols, matrix, x, function) for x in points]


def _routes(manifold: Any, quantities: Sequence[str]) -> dict[str, Fields]:
    """One function a route, from points to all wanted quantities, so that each route is compiled once."""
    g, dim = manifold.metric, manifold.dim

    @cache  # when it is first asked for, and once for both types
    def program() -> Program:
        return Program(g.symbols, [LaplaceBeltrami(g)(probe(sp.sin, g.symbols))], ())

    def laplacian(x: Float[Array, " n"]) -> Float[Array, ""]:
        return program()(x, {})

    def numeric(metric: Any) -> Fields:
        return _fields(metric, LaplaceBeltrami(metric)(lambda x: probe(jnp.sin, x)), quantities)

    embedding = getattr(manifold, "embedding", None)
    return {
        "closed form": _fields(g, laplacian, quantities),
        "autodiff": numeric(g.numeric()),
        "embedding": numeric(as_graph(g) if embedding is None else Metric.from_embedding(embedding, dim=dim)),
    }


def _fields(metric: Any, laplacian: Callable[..., Any], quantities: Sequence[str]) -> Fields:
    """All wanted quantities of one metric at many points."""
    alone = {"metric": metric, "laplace_beltrami": jax.vmap(laplacian)}
    together = [name for name in quantities if name not in alone]

    def fields(x: Float[Array, "points n"]) -> dict[str, Float[Array, "points ..."]]:
        found = Connection(metric).evaluate(x, *together) if together else {}
        return found | {name: alone[name](x) for name in quantities if name in alone}

    return fields


def _published(
    case: Case, quantities: Sequence[str], x: Float[np.ndarray, "points n"], truth: Sequence[PointGeometry]
) -> dict[str, Float[np.ndarray, "points ..."]]:
    r"""Tensors of the published curvature, the metric being that of the oracle.

    Where all planes have the curvature K, :math:`R^i{}_{jkl} = K (\delta^i_k g_{jl} - \delta^i_l g_{jk})`.
    """
    form, known = case.manifold.metric.closed_form, case.published
    known = {name: np.array(known[name], dtype=object) for name in quantities if name in known}
    if not known:
        return {}
    expressions = [form.explicit(e) for formula in known.values() for e in formula.flat]
    values = np.asarray(jax.vmap(Program(form.coordinates, expressions))(jnp.asarray(x)))
    ends = np.cumsum([formula.size for formula in known.values()])[:-1]
    parts = zip(known.items(), np.split(values, ends, axis=1), strict=True)
    found = {name: part.reshape(-1, *formula.shape) for (name, formula), part in parts}
    g = np.stack([t.metric for t in truth])
    delta = np.eye(g.shape[-1])
    if "ricci" in found and found["ricci"].ndim == 1:
        found["ricci"] = found["ricci"][:, None, None] * g
    if "riemann" in found:
        planes = np.einsum("ik,pjl->pijkl", delta, g) - np.einsum("il,pjk->pijkl", delta, g)
        found["riemann"] = found["riemann"][:, None, None, None, None] * planes
    return found
