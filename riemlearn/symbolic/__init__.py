"""Closed forms: exact curvature of a metric given by SymPy expressions, and how it is shown."""

from riemlearn.symbolic.curvature import ClosedForm as ClosedForm
from riemlearn.symbolic.curvature import Components as Components
from riemlearn.symbolic.differential import CoordinateDifferential as CoordinateDifferential
from riemlearn.symbolic.differential import differential as differential
from riemlearn.symbolic.differential import line_element_matrix as line_element_matrix
from riemlearn.symbolic.display import display_latex as display_latex
from riemlearn.symbolic.display import display_text as display_text
from riemlearn.symbolic.names import check_name as check_name
from riemlearn.symbolic.normal import normal as normal
from riemlearn.symbolic.parse import parse as parse
