"""Metrics: the meeting point of closed forms and learned maps."""

from riemlearn.metric.base import Metric as Metric
from riemlearn.metric.coordinates import Coordinates as Coordinates
from riemlearn.metric.coordinates import coordinates as coordinates
from riemlearn.metric.diagnosis import Diagnosis as Diagnosis
from riemlearn.metric.dimension import Dimension as Dimension
from riemlearn.metric.dimension import intrinsic_dimension as intrinsic_dimension
from riemlearn.metric.finite import FiniteImmersion as FiniteImmersion
from riemlearn.metric.finite import FiniteMetric as FiniteMetric
from riemlearn.metric.function import FunctionMetric as FunctionMetric
from riemlearn.metric.graph import Estimate as Estimate
from riemlearn.metric.learned_map import LearnedMap as LearnedMap
from riemlearn.metric.neighbourhood import Neighbourhood as Neighbourhood
from riemlearn.metric.numeric import NumericMetric as NumericMetric
from riemlearn.metric.pullback import Immersion as Immersion
from riemlearn.metric.pullback import PullbackMetric as PullbackMetric
from riemlearn.metric.sample_geometry import SampleGeometry as SampleGeometry
from riemlearn.metric.sample_geometry import sample_geometry as sample_geometry
from riemlearn.metric.sampled import SampledMetric as SampledMetric
from riemlearn.metric.symbolic import SymbolicMetric as SymbolicMetric
