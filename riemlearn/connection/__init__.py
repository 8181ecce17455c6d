"""Connections: Christoffel symbols and curvature of a metric."""

from riemlearn.connection.connection import Connection as Connection
from riemlearn.connection.estimate import Estimate as Estimate
from riemlearn.connection.penalty import curvature_penalty as curvature_penalty
