"""From 2-jets to connection and curvature at a point, in an orthonormal frame."""

from riemlearn.curvature.frame import Frame as Frame
from riemlearn.curvature.frame import Signature as Signature
from riemlearn.curvature.frame import check_signature as check_signature
from riemlearn.curvature.frame import first_failure as first_failure
from riemlearn.curvature.gauss import EmbeddedPoint as EmbeddedPoint
from riemlearn.curvature.gauss import embedding_frame as embedding_frame
from riemlearn.curvature.intrinsic import IntrinsicPoint as IntrinsicPoint
from riemlearn.curvature.intrinsic import metric_frame as metric_frame
from riemlearn.curvature.local import LocalGeometry as LocalGeometry
