"""Tensor fields: components in a chart, read as closed forms or as numbers, without a metric."""

from riemlearn.tensor_field.evaluation import PointsLike as PointsLike
from riemlearn.tensor_field.evaluation import as_points as as_points
from riemlearn.tensor_field.evaluation import as_vectors as as_vectors
from riemlearn.tensor_field.evaluation import evaluate as evaluate
from riemlearn.tensor_field.evaluation import input_status as input_status
from riemlearn.tensor_field.field import FieldSource as FieldSource
from riemlearn.tensor_field.field import TensorField as TensorField
