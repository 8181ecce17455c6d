"""The commuting squares: all routes to a quantity give the same number, and an oracle says which.

Examples
--------
>>> from riemlearn import verify
>>> verify.run(["S2"], ["scalar"], points=4).passed
True
"""

from riemlearn.verify.cases import Case as Case
from riemlearn.verify.report import Verification as Verification
from riemlearn.verify.rows import Row as Row
from riemlearn.verify.tasks import QUANTITIES as QUANTITIES
from riemlearn.verify.tasks import run as run
