"""The systems compared, a module each with the same four names.

``PACKAGES``: the distributions whose versions are recorded.  ``compute(case)``: the metric entered, and all components
of Riemann, Ricci, the scalar curvature and the Kretschmann scalar; this is what is timed.  ``ricci_is_zero(answer)``:
whether Ricci came out as 0, without further work.  ``values(answer, case, quantity)``: what was found and the closed
form, as numbers at one point.
"""
