"""From 2-jets to connection and curvature at a point, in an orthonormal frame."""

from riemlearn.curvature.ambient import Surroundings as Surroundings
from riemlearn.curvature.ambient import curved as curved
from riemlearn.curvature.ambient import euclidean as euclidean
from riemlearn.curvature.ambient import inner as inner
from riemlearn.curvature.directions import Directions as Directions
from riemlearn.curvature.directions import TensorDirections as TensorDirections
from riemlearn.curvature.embedded_directions import EmbeddedDirections as EmbeddedDirections
from riemlearn.curvature.frame import Frame as Frame
from riemlearn.curvature.frame import Signature as Signature
from riemlearn.curvature.frame import check_signature as check_signature
from riemlearn.curvature.frame import first_failure as first_failure
from riemlearn.curvature.gauss import EmbeddedPoint as EmbeddedPoint
from riemlearn.curvature.gauss import Framed as Framed
from riemlearn.curvature.gauss import embedding_frame as embedding_frame
from riemlearn.curvature.intrinsic import IntrinsicPoint as IntrinsicPoint
from riemlearn.curvature.intrinsic import metric_frame as metric_frame
from riemlearn.curvature.intrinsic_directions import IntrinsicDirections as IntrinsicDirections
from riemlearn.curvature.local import LocalGeometry as LocalGeometry
from riemlearn.curvature.local import conditioned as conditioned
from riemlearn.curvature.normal import point_by_normals as point_by_normals
from riemlearn.curvature.plan import PART as PART
from riemlearn.curvature.plan import Plan as Plan
from riemlearn.curvature.plan import plan_embedding as plan_embedding
from riemlearn.curvature.plan import plan_function as plan_function
