"""Closed forms: exact tensor calculus of a metric given by SymPy expressions, and how it is read, shown and stored."""

from riemlearn.symbolic.budget import Budget as Budget
from riemlearn.symbolic.closed_form import ClosedForm as ClosedForm
from riemlearn.symbolic.components import Components as Components
from riemlearn.symbolic.differential import CoordinateDifferential as CoordinateDifferential
from riemlearn.symbolic.differential import differential as differential
from riemlearn.symbolic.differential import line_element_matrix as line_element_matrix
from riemlearn.symbolic.display import Symmetry as Symmetry
from riemlearn.symbolic.display import display_latex as display_latex
from riemlearn.symbolic.display import display_text as display_text
from riemlearn.symbolic.names import check_name as check_name
from riemlearn.symbolic.normal import normal as normal
from riemlearn.symbolic.parse import parse as parse
from riemlearn.symbolic.store import from_json as from_json
from riemlearn.symbolic.store import to_json as to_json
