"""Pictures and reports: matplotlib figures from plain arrays, and HTML reports that hold them."""

from riemlearn.plot.error_map import error_map
from riemlearn.plot.errors_figure import verification_errors
from riemlearn.plot.figures import Panel, against, by_layer, heat_map, spectra
from riemlearn.plot.report import Report
from riemlearn.plot.surfaces import Surface, surfaces

__all__ = [
    "Panel",
    "Report",
    "Surface",
    "against",
    "by_layer",
    "error_map",
    "heat_map",
    "spectra",
    "surfaces",
    "verification_errors",
]
