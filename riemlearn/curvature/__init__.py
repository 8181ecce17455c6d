"""From 2-jets to connection and curvature at a point, in an orthonormal frame."""

from riemlearn.curvature.frame import Frame as Frame
from riemlearn.curvature.frame import Signature as Signature
from riemlearn.curvature.gauss import EmbeddedPoint as EmbeddedPoint
from riemlearn.curvature.intrinsic import IntrinsicPoint as IntrinsicPoint
from riemlearn.curvature.local import LocalGeometry as LocalGeometry
