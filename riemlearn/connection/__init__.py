"""Connections: Christoffel symbols and curvature of a metric."""

from riemlearn.connection.connection import Connection as Connection
