"""Pictures and reports: surfaces in space, figures from plain arrays, and HTML reports that hold them."""

from riemlearn.plot.drawing import chart_map, drawn, eigenfunctions, grid, heat, surface
from riemlearn.plot.error_map import error_map
from riemlearn.plot.errors_figure import verification_errors
from riemlearn.plot.figures import Panel, against, by_layer, heat_map, spectra
from riemlearn.plot.picture import Picture
from riemlearn.plot.report import Report
from riemlearn.plot.surfaces import Surface, surfaces

__all__ = [
    "Panel",
    "Picture",
    "Report",
    "Surface",
    "against",
    "by_layer",
    "chart_map",
    "drawn",
    "eigenfunctions",
    "error_map",
    "grid",
    "heat",
    "heat_map",
    "spectra",
    "surface",
    "surfaces",
    "verification_errors",
]
