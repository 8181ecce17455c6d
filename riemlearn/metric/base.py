"""Metric: the one interface of closed forms, embeddings and metric functions."""

import os
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

from jaxtyping import Array, Float

from riemlearn.chart import Chart, Region
from riemlearn.curvature import Signature
from riemlearn.errors import ShapeError, check_choice
from riemlearn.metric.diagnosis import OnDegenerate
from riemlearn.metric.fields import MetricFields
from riemlearn.symbolic import display_text, line_element_matrix
from riemlearn.symbolic.embed import not_too_deep

Derivatives = Literal["auto", "finite"]


class Metric(MetricFields):
    r"""A metric :math:`g_{ij}` on a chart; abstract, made by one of the ``from_*`` constructors.

    ``g(x)`` are the components at points of shape ``(..., n)``, ``g.expr`` and ``g[i, j]`` the closed form.
    Every metric is a pytree: parameters and weights are leaves, so that it can be an argument of ``jax.jit`` and
    ``jax.grad``.
    """

    # -- constructors ---------------------------------------------------------------------------------------------

    @staticmethod
    def from_sympy(
        coords: Sequence[Any],
        matrix: Any,
        domain: Any = None,
        region: Region | None = None,
        signature: Signature = "riemannian",
        on_degenerate: OnDegenerate = "raise",
        algebraic: Any = None,
        budget: Any = None,
    ) -> "Metric":
        r"""Metric in closed form.

        Parameters
        ----------
        coords : sequence of Symbol
            The coordinates, all different.
        matrix : Matrix or nested sequence of expressions, of shape (n, n)
            The components :math:`g_{ij}`, symmetric.  Free symbols and undefined functions that are no coordinates are
            parameters, which :meth:`bind` gives values.
        domain : mapping from coordinates to Axis, optional
            Where each coordinate lives, by :func:`~riemlearn.interval`, :func:`~riemlearn.periodic` or
            :func:`~riemlearn.pole_interval`; by default the whole line.
        region : Region, optional
            A condition on the whole point, such as the inside of a ball.
        signature : {"riemannian", "lorentzian"}
            What the metric is meant to be.
        on_degenerate : {"raise", "nan"}
            What an eager numeric call does at points where it fails.
        algebraic : mapping, optional
            Algebraic functions of the coordinates in the matrix: from a symbol to the polynomial that vanishes, or to
            the pair of it and an expression of the root that is meant, without which there are no numbers.
        budget : Budget, optional
            Limits of time and memory for exact curvature.

        Raises
        ------
        SymbolError, ShapeError, MetricError
            If coordinates are no symbols or stand twice; the matrix is not square, does not fit, is not symmetric; the
            value of an algebraic function is no root of its polynomial.

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> import sympy as sp
        >>> theta, phi = sp.symbols("theta phi", real=True)
        >>> g = Metric.from_sympy([theta, phi], sp.diag(1, sp.sin(theta) ** 2))
        >>> g[1, 1]
        sin(theta)**2
        >>> g([jnp.pi / 2, 0.0]).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
        """
        from riemlearn.metric.symbolic import SymbolicMetric

        return SymbolicMetric.build(coords, matrix, domain, region, signature, on_degenerate, algebraic, budget)

    @staticmethod
    def from_line_element(
        coords: Sequence[Any],
        ds2: Any,
        domain: Any = None,
        region: Region | None = None,
        signature: Signature = "riemannian",
        on_degenerate: OnDegenerate = "raise",
        algebraic: Any = None,
        budget: Any = None,
    ) -> "Metric":
        r"""Metric in closed form from its line element :math:`ds^2 = g_{ij}\, dx^i dx^j`.

        ``ds2`` is an expression in the differentials that :func:`riemlearn.differential` makes; all else is as in
        :meth:`from_sympy`.

        Raises
        ------
        SymbolError, ShapeError, MetricError
            As :meth:`from_sympy`; also if ``ds2`` has the differential of something that is no coordinate, a term that
            is not quadratic in the differentials, or a coordinate has no differential in it.

        Examples
        --------
        >>> import sympy as sp
        >>> from riemlearn import differential as d
        >>> r, phi = sp.symbols("r phi", positive=True)
        >>> Metric.from_line_element([r, phi], d(r) ** 2 + r**2 * d(phi) ** 2)[1, 1]
        r**2
        """
        from riemlearn.metric.inputs import check_coordinates, check_rows
        from riemlearn.metric.symbolic import SymbolicMetric

        with not_too_deep():
            coordinates = check_coordinates(coords)
            matrix = check_rows(line_element_matrix(coordinates, ds2), coordinates)
        return SymbolicMetric.build(coords, matrix, domain, region, signature, on_degenerate, algebraic, budget)

    @staticmethod
    def from_embedding(
        f: Any,
        dim: int | None = None,
        *,
        coords: Sequence[Any] | None = None,
        chart: Chart | None = None,
        domain: Any = None,
        on_degenerate: OnDegenerate = "raise",
        rank_tol: float | None = None,
        rank: int | Any = None,
        ambient: Any = None,
        signature: Signature | None = None,
        derivatives: Derivatives | Any = "auto",
    ) -> "Metric":
        r"""Pullback :math:`g = J^T h(f(x)) J`, :math:`J = Df`, of the Euclidean or another metric h by an embedding.

        Parameters
        ----------
        f : callable or sequence of expressions
            A JAX callable from ``(n,)`` to ``(d,)`` with ``dim=n``, or SymPy expressions with ``coords=[...]``.
        dim : int
            Dimension n of the domain of a callable.
        coords : sequence of Symbol
            Coordinates of the expressions.
        chart : Chart, optional
            Chart of a callable; by default R^n.
        domain : mapping, optional
            Domain of expressions, as in :meth:`from_sympy`.
        on_degenerate : {"raise", "nan"}
            What an eager call does where the Jacobian loses rank.
        rank_tol : float, optional
            Relative cut-off below which :meth:`diagnose` counts a singular value as zero; by default
            ``max(n, d) * eps``.
        rank : int, optional
            Declares that the Jacobian of a callable has this rank everywhere, less than n. The metric is then that of
            the image: it has what needs no inverse, covariant curvature, scalars, sectional curvature.
        ambient : Metric, optional
            The metric h, in closed form if f is; by default the Euclidean one.  Of expressions, its parameters and
            their values are those of the result too.
        signature : {"riemannian", "lorentzian"}, optional
            With ``ambient``: what the metric is meant to be; by default what h is.  Say "riemannian" for a spacelike
            submanifold of a Lorentzian space, such as a hyperboloid.
        derivatives : {"auto", "finite"}
            For a callable: by automatic differentiation of a JAX map, or by differences of any Python callable, which
            come with estimates of their errors (:class:`~riemlearn.metric.FiniteMetric`).

        Raises
        ------
        ShapeError
            If the map has no value of shape (d,) with d >= n, or an argument is given that belongs to the other kind.
        SymbolError, MetricError, NoClosedForm
            If the expressions or their coordinates are none; if ``ambient`` is no metric in closed form, or has a
            parameter with the name of a coordinate.

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> g = Metric.from_embedding(lambda x: jnp.array([x[0], x[1], x[0] ** 2]), dim=2)
        >>> g([1.0, 0.0]).tolist()
        [[5.0, 0.0], [0.0, 1.0]]
        """
        from riemlearn.metric.finite import FiniteMetric
        from riemlearn.metric.pullback import PullbackMetric
        from riemlearn.metric.symbolic import SymbolicMetric

        check_choice("derivatives", derivatives, get_args(Derivatives))
        if coords is not None:
            if derivatives == "finite":
                raise ShapeError("from_embedding: derivatives='finite' is for a callable; expressions are exact")
            if dim is not None or chart is not None or rank_tol is not None or rank is not None:
                raise ShapeError(
                    "from_embedding: dim, chart, rank, rank_tol are for a callable; with coords use domain"
                )
            return SymbolicMetric.build_from_embedding(f, coords, domain, on_degenerate, ambient, signature)
        if domain is not None:
            raise ShapeError("from_embedding: domain is for expressions with coords; give a callable chart=Chart(...)")
        if derivatives == "finite":
            if rank is not None or ambient is not None or signature is not None:
                raise ShapeError("from_embedding: derivatives='finite' goes without rank, ambient and signature")
            return FiniteMetric.build(f, dim, chart, on_degenerate, rank_tol)
        return PullbackMetric.build(f, dim, chart, on_degenerate, rank_tol, rank, ambient, signature)

    @staticmethod
    def from_function(
        f: Callable[[Float[Array, " n"]], Float[Array, "n n"]],
        dim: int,
        *,
        chart: Chart | None = None,
        signature: Signature = "riemannian",
        on_degenerate: OnDegenerate = "raise",
        rank: int | Any = None,
    ) -> "Metric":
        r"""Metric from a JAX function ``(n,) -> (n, n)``.

        Parameters
        ----------
        f : callable
            The components :math:`g_{ij}` at one point, symmetric.
        dim : int
            Dimension n.
        chart : Chart, optional
            Names and domains of the coordinates; by default R^n.
        signature : {"riemannian", "lorentzian"}
            What the metric is meant to be.
        on_degenerate : {"raise", "nan"}
            What an eager call does at points where it fails.
        rank : int, optional
            Declares that the metric has this rank everywhere, less than n. It must be that of a quotient, with
            :math:`L_V g = 0` for every V in its kernel, and has the curvature of the quotient.

        Raises
        ------
        ShapeError
            If the function does not return shape (n, n), or the chart has another dimension.

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> g = Metric.from_function(lambda x: jnp.eye(2) / x[1] ** 2, dim=2)
        >>> g.inverse([0.0, 2.0]).tolist()
        [[4.0, 0.0], [0.0, 4.0]]
        """
        from riemlearn.metric.function import FunctionMetric

        return FunctionMetric.build(f, dim, chart, signature, on_degenerate, rank)

    @staticmethod
    def from_samples(
        values: Any,
        at: Any = None,
        dim: int | Any = None,
        neighbours: int | Any = None,
        *,
        order: int | Any = None,
        on_degenerate: OnDegenerate = "raise",
    ) -> "Metric":
        r"""Metric around one of many samples of a manifold, without any map: from a polynomial through its neighbours.

        The chart is a ball of the sample's tangent space.  Samples have no chart in common; the tensors at all of them
        are given by :func:`~riemlearn.metric.sample_geometry`.

        Parameters
        ----------
        values : array-like of shape (N, d)
            The samples, such as activations.
        at : int, or array-like of shape (d,)
            Around which sample: its index, or a point to which it is the nearest.
        dim, neighbours, order, on_degenerate
            As in :func:`~riemlearn.metric.sample_geometry`.

        Raises
        ------
        ShapeError, MetricError
            As in :func:`~riemlearn.metric.sample_geometry`; also if ``at`` is missing.

        Examples
        --------
        >>> import numpy as np
        >>> points = np.random.default_rng(0).normal(size=(1500, 3))
        >>> sphere = points / np.linalg.norm(points, axis=1, keepdims=True)
        >>> scalar = Metric.from_samples(sphere, at=0, dim=2, neighbours=24, order=3).estimate("scalar")
        >>> bool(abs(scalar.value - 2) < 3 * scalar.error), bool(scalar.error < 0.3)
        (True, True)
        """
        from riemlearn.metric.sampled import SampledMetric

        return SampledMetric.build(values, at, dim, neighbours, order, on_degenerate)

    @staticmethod
    def load(path: str | os.PathLike[str] | Any) -> "Metric":
        """Metric from a file that :meth:`save` wrote.

        Raises
        ------
        StoreError
            If the file cannot be read, is damaged, was changed, or holds something else.
        """
        from riemlearn.metric.stored import load

        return load(path)

    def save(self, path: str | os.PathLike[str] | Any) -> None:
        """Write a metric in closed form to a file of JSON, without code.

        It holds coordinates, domain, matrix, signature and numbers bound to parameters; and all components of its
        curvature that have been asked for as expressions or are known to be 0, so that they are not computed again.

        Raises
        ------
        NoClosedForm
            If the metric is numeric.
        StoreError
            If it has a region or a function bound to a parameter, which are code, or is past a limit.
        OutputError
            If the file cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> import sympy as sp
        >>> theta, phi, r = sp.symbols("theta phi r", positive=True)
        >>> g = Metric.from_sympy([theta, phi], r**2 * sp.diag(1, sp.sin(theta) ** 2)).bind(r=2.0)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     g.save(f"{folder}/sphere.json")
        ...     again = Metric.load(f"{folder}/sphere.json")
        >>> again.expr == g.expr, again([1.0, 0.0])[0, 0].item()
        (True, 4.0)
        """
        from riemlearn.metric.stored import save

        save(self, path)

    # -- parameters -------------------------------------------------------------------------------------------------

    @abstractmethod
    def bind(self, **values: Any) -> "Metric":
        """The same metric with values for some of its parameters; the values are differentiable leaves."""

    @abstractmethod
    def numeric(self) -> "Metric":
        """The same metric without its closed form: automatic differentiation does the work."""

    @abstractmethod
    def regularised(self, eps: Any) -> "Metric":
        r"""The metric :math:`g + \epsilon I` in these coordinates: a metric of its own, with its own derivatives.

        Raises
        ------
        ShapeError
            If ``eps`` is not a positive number.

        Examples
        --------
        >>> import jax.numpy as jnp
        >>> cone = Metric.from_embedding(lambda x: jnp.array([x[0] + x[1], 0.0]), dim=2)
        >>> cone.regularised(0.5)([1.0, 1.0]).round(12).tolist()
        [[1.5, 1.0], [1.0, 1.5]]
        """

    @property
    def title(self) -> str:
        """What it is, in half a line."""
        kind = "numeric" if self.closed_form is None else "closed-form"
        unset = [name for name, value in self.parameters.items() if value is None]
        free = f" with free {', '.join(unset)}" if unset else ""
        return f"{kind} {self.signature} metric on ({', '.join(self.chart.names)}){free}"

    def __repr__(self) -> str:
        components = self.closed("metric")
        if components is None:
            return self.title
        notes = "".join(f"\nnote: {note}" for note in components.embedding.notes)
        return f"{self.title}\n{display_text('g', self.symbols, components, self.tensor.symmetry)}{notes}"
