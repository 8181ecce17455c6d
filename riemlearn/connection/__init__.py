"""Connections: Christoffel symbols and curvature of a metric, and its geodesics."""

from riemlearn.connection.boundary import connect as connect
from riemlearn.connection.boundary import distance as distance
from riemlearn.connection.boundary import log as log
from riemlearn.connection.connection import Connection as Connection
from riemlearn.connection.estimate import Estimate as Estimate
from riemlearn.connection.frechet import FrechetMean as FrechetMean
from riemlearn.connection.frechet import frechet_mean as frechet_mean
from riemlearn.connection.logarithm import Logarithm as Logarithm
from riemlearn.connection.packed import PackedRiemann as PackedRiemann
from riemlearn.connection.penalty import curvature_penalty as curvature_penalty
