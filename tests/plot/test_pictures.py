"""The numbers behind pictures: colours, curves and arrows are where the mathematics says."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp
from numpy.testing import assert_allclose

from riemlearn import Metric, Spectrum, coordinates, plot
from riemlearn.chart import Chart, Region, interval, periodic
from riemlearn.errors import NumericError, OutputError, ShapeError, SymbolError
from riemlearn.plot.scene import Camera, Curve
from tests.plot.shapes import FLAT, PSEUDOSPHERE, SPHERE, TORUS, Field, Shape, pixels

SMALL = (13, 25)


def draw(M, field=None, **named):
    return plot.surface(M, field, resolution=SMALL, **named)


# -- values and colours -------------------------------------------------------------------------------------------


def test_sphere_has_one_value_torus_both_signs_pseudosphere_the_other():
    sphere, torus, pseudosphere = (draw(M).layers[0].values for M in (SPHERE, TORUS, PSEUDOSPHERE))
    assert_allclose(sphere, 1)
    assert_allclose(pseudosphere, -1)
    assert torus.min() < -0.9 and torus.max() > 0.3


@pytest.mark.parametrize("M", [SPHERE, TORUS, PSEUDOSPHERE])
def test_colours_of_curvature_have_zero_in_their_middle(M):
    scale = draw(M).scale
    assert scale.low == -scale.high and scale.beyond == (False, False)
    assert scale.stops[4] == "#f7f6f6" and len(scale.stops) == 9


def test_what_is_seen_is_red_on_the_sphere_blue_on_the_pseudosphere_and_both_on_the_torus():
    def shares(M):
        surface = pixels(draw(M)._repr_png_())[:, :600]  # without the colour bar
        red, _, blue = np.moveaxis(surface, -1, 0)
        return np.mean(red > blue + 0.1), np.mean(blue > red + 0.1)

    (sphere_red, sphere_blue), (torus_red, torus_blue) = shares(SPHERE), shares(TORUS)
    pseudo_red, pseudo_blue = shares(PSEUDOSPHERE)
    assert sphere_red > 0.4 and sphere_blue == 0
    assert torus_red > 0.02 and torus_blue > 0.02
    assert pseudo_blue > 0.2 and pseudo_red == 0


def test_a_wrong_sign_changes_both_pictures():
    right, wrong = draw(SPHERE), draw(SPHERE, lambda x: -1.0 + 0 * x[0], label="Gauss curvature")
    assert right._repr_png_() != wrong._repr_png_()
    assert right.plotly().data[0].surfacecolor[3][3] == 1.0 and wrong.plotly().data[0].surfacecolor[3][3] == -1.0


def test_colour_of_a_known_point():
    picture = plot.surface(SPHERE, lambda x: jnp.cos(x[0]), resolution=(61, 121)).seen_from(
        0, 90
    )  # from above, the north pole in the middle
    image = pixels(picture._repr_png_())
    rows, columns = np.where(np.all(image < 0.98, axis=-1) & (np.arange(image.shape[1]) < 700))
    middle = image[(rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2]
    top = np.array([0xB1, 0x18, 0x2B]) / 255  # the colour of the largest value
    light = np.array([-0.35, -0.55, 0.76])
    assert_allclose(middle, top * (0.72 + 0.28 * 0.76 / np.linalg.norm(light)), atol=0.02)


def test_sequential_colours_run_from_the_least_to_the_largest_value():
    picture = draw(SPHERE, lambda x: 2 + jnp.cos(x[0]), colours="sequential")
    assert_allclose([picture.scale.low, picture.scale.high], [1, 3], atol=4e-3)
    assert picture.plotly().data[0].colorscale[0][1] == "#440154"
    constant = draw(SPHERE, lambda x: 3 + 0 * x[0], colours="sequential")
    assert constant.scale.low < 3 < constant.scale.high


def test_values_beyond_the_limits_are_named():
    picture = draw(SPHERE, lambda x: 3 * jnp.cos(x[0]), limits=(-2, 2))
    assert picture.scale.beyond == (True, True)
    assert "Values below and above the limits of the colours, -2 and 2" in repr(picture)
    with pytest.raises(ShapeError, match=r"limits of diverging colours must be \(-a, a\)"):
        draw(SPHERE, limits=(0, 2))
    with pytest.raises(ShapeError, match="low < high"):
        draw(SPHERE, limits=(2, 0), colours="sequential")


def test_values_that_are_nan_are_gaps_with_a_note():
    picture = draw(SPHERE, lambda x: jnp.where(x[0] < 1, jnp.nan, x[0]))
    missing = int(np.sum(np.isnan(picture.layers[0].values)))
    assert 0 < missing < 13 * 25
    note = f"{missing} of 325 points have no finite value and are gaps."
    assert note in repr(picture)
    figure = picture.plotly()
    assert [a.text for a in figure.layout.annotations] == [note]
    heights = np.array(figure.data[0].z, dtype=float)
    assert np.array_equal(np.isnan(heights), np.isnan(picture.layers[0].values))
    assert note in picture.figure()._supxlabel.get_text()
    cells = picture.figure().axes[0].collections[0]
    assert len(cells.get_paths()) < 12 * 24
    with pytest.raises(NumericError, match="no value of f is finite"):
        draw(SPHERE, lambda x: jnp.nan * x[0], label="f")


def test_fields_of_every_kind_agree():
    function = lambda x: jnp.cos(x[0]) * jnp.sin(x[1])  # noqa: E731
    points = plot.grid(SPHERE, resolution=SMALL)
    array = np.cos(points[..., 0]) * np.sin(points[..., 1])
    for field in (function, Field(function), array):
        assert_allclose(draw(SPHERE, field).layers[0].values, array, atol=1e-14)
    assert draw(SPHERE, Field(function, quantity="height")).scale.label == "height"


def test_metric_of_an_embedding_and_its_immersion_are_drawn_with_their_curvature():
    metric = Metric.from_embedding(TORUS.embedding, chart=TORUS.chart)
    expected = draw(TORUS)
    for M in (metric, metric.immersion):
        picture = draw(M)
        assert_allclose(picture.layers[0].values, expected.layers[0].values, atol=1e-12)
        assert_allclose(picture.sheet.points, expected.sheet.points, atol=1e-12)


def test_the_metric_of_expressions_is_drawn_as_that_of_a_callable():
    u, v = coords = coordinates(u=periodic(2 * sp.pi), v=periodic(2 * sp.pi))
    torus = [(2 + sp.cos(u)) * sp.cos(v), (2 + sp.cos(u)) * sp.sin(v), sp.sin(u)]
    found, known = draw(Metric.from_embedding(torus, coords=coords)), draw(TORUS)
    assert_allclose(found.sheet.points, known.sheet.points, atol=1e-14)
    assert_allclose(found.layers[0].values, known.layers[0].values, atol=1e-12)


def test_single_precision_gives_the_same_picture_without_a_warning(recwarn):
    with jax.enable_x64(False):
        single = Metric.from_embedding(SPHERE.embedding, chart=SPHERE.chart)
        picture = draw(single).with_vectors([[1.0, 0.0]], [[1, 1]]).with_points([1.0, 2.0])
        heat = plot.heat(SPHERE, gauss, [1.0, 2.0], np.array([0.1]), resolution=SMALL)
    assert len(recwarn) == 0
    assert_allclose(picture.layers[0].values, 1, rtol=1e-4)  # also in the ring next to the pole
    assert heat.layers[0].values.max() > 0.7


def test_arrays_are_drawn_as_they_are():
    points = draw(TORUS).sheet.points
    picture = plot.surface(points, points[..., 2], label="height")
    assert_allclose(picture.layers[0].values, points[..., 2])
    assert repr(picture) == "Picture of a surface of 13 x 25 points, height from -1 to 1"
    with pytest.raises(ShapeError, match=r"\(m, n, 3\), got \(13, 25, 2\)"):
        plot.surface(points[..., :2], points[..., 2])
    with pytest.raises(ShapeError, match="need the field as an array"):
        plot.surface(points)
    with pytest.raises(ShapeError, match=r"shape \(25, 13\), but the grid has \(13, 25\)"):
        plot.surface(points, points[..., 2].T)
    with pytest.raises(ShapeError, match=r"a curve must have shape \(k, 3\) in space, got \(4, 2\)"):
        picture.with_curves([np.zeros((4, 2))])


# -- the grid -----------------------------------------------------------------------------------------------------


def test_circles_close_and_poles_are_reached_within_a_pixel():
    sphere, torus = draw(SPHERE).sheet, plot.surface(TORUS, resolution=(9, 9)).sheet
    assert_allclose(sphere.points[:, 0], sphere.points[:, -1], atol=1e-14)
    assert_allclose(sphere.points[0], np.broadcast_to([0, 0, 1], (25, 3)), atol=0.025)
    assert_allclose(torus.points[0], torus.points[-1], atol=1e-14)
    inside = plot.grid(SPHERE, resolution=SMALL)
    assert inside[0, 0, 0] > 0.05 and inside[-1, 0, 0] < np.pi - 0.05


def test_boundaries_are_drawn_and_open_ends_are_not():
    def ends(axis):
        M = Shape("a strip", Chart(("u", "v"), (axis, interval(0, 1))), lambda x: jnp.stack([*x, x[0]]), lambda x: x[0])
        return plot.surface(M, resolution=(11, 5)).sheet.points[[0, -1], 0, 0]

    assert_allclose(ends(interval(0, 1, ends="boundary")), [0, 1])
    assert_allclose(ends(interval(0, 1)), [0.03, 0.97])


def test_infinite_axes_end_where_the_patch_or_the_window_says():
    assert_allclose(plot.grid(PSEUDOSPHERE, resolution=(5, 5))[[0, -1], 0, 0], [0.3 * 2 / 4, 2])
    assert_allclose(plot.grid(PSEUDOSPHERE, {"u": (1, 3)}, (5, 5))[[0, -1], 0, 0], [1, 3])
    endless = Shape("a plane", Chart(("x", "y")), lambda x: jnp.stack([*x, 0 * x[0]]), lambda x: 0 * x[0])
    with pytest.raises(
        ShapeError, match=r"x goes from -inf to inf: say where to stop, such as window=\{'x': \(-1, 1\)"
    ):
        plot.surface(endless)
    with pytest.raises(SymbolError, match="z is not a coordinate"):
        plot.surface(endless, window={"z": (0, 1)})
    with pytest.raises(ShapeError, match="leaves nothing"):
        plot.surface(PSEUDOSPHERE, window={"u": (-3, -2)})
    with pytest.raises(ShapeError, match="two numbers of at least 2"):
        plot.surface(TORUS, resolution=(1, 5))


def test_every_chart_gets_about_as_many_points():
    counts = [plot.grid(M).shape[:2] for M in (SPHERE, TORUS, FLAT)]
    assert counts == [(121, 241), (170, 170), (170, 170)]
    turned = Shape("", Chart(("v", "u"), (periodic(1.0), interval(0, 1))), None, None)
    assert plot.grid(turned).shape[:2] == (241, 121)


# -- marks --------------------------------------------------------------------------------------------------------


def test_curves_in_coordinates_lie_on_the_surface():
    curve = np.stack([np.linspace(0.5, 2.5, 30), np.linspace(0, 3, 30)], axis=-1)
    (mark,) = draw(SPHERE).with_curves([curve]).marks
    assert_allclose(np.linalg.norm(mark.points, axis=-1), 1, rtol=1e-14)
    (same,) = draw(SPHERE).with_curves(mark.points).marks  # in space, and one curve alone
    assert_allclose(same.points, mark.points)


def test_curves_are_drawn_beside_the_flat_cells_of_the_mesh_on_either_side():
    equator = np.stack([np.full(40, np.pi / 2), np.linspace(0.3, 5, 40)], axis=-1)
    ball = interactive_curve(plot.surface(SPHERE).with_curves([equator]))
    outer, gap, inner = ball[:40], ball[40], ball[41:]
    # a cell of the mesh goes below the sphere by the sagitta of its diagonal, of which 80 and more go round
    assert np.all(np.linalg.norm(outer, axis=-1) > 1.005) and np.all(np.isnan(gap))
    assert np.all(np.linalg.norm(inner, axis=-1) < np.cos(np.pi / 40) ** 2)
    assert_allclose((outer + inner) / 2, plot.surface(SPHERE).with_curves([equator]).marks[0].points, atol=1e-4)


def test_curves_away_from_the_surface_stay_where_they_are():
    line = np.stack([np.linspace(2, 3, 5), np.zeros(5), np.zeros(5)], axis=-1)
    line[2] = np.nan
    found = interactive_curve(draw(SPHERE).with_curves([line]))
    assert_allclose(found[:5], line, atol=1e-4)
    assert_allclose(found[6:], line, atol=1e-4)


def interactive_curve(picture):
    """The points of the first curve as plotly draws it."""
    trace = picture.plotly().data[1]
    return np.array([[np.nan if c is None else c for c in trace[axis]] for axis in "xyz"], dtype=float).T


def test_arrows_are_the_images_of_vectors_under_the_derivative():
    x, v = np.array([[0.7, 0.2], [2.0, -1.0]]), np.array([[1.0, 0.5], [0.0, 2.0]])
    (arrows,) = draw(TORUS).with_vectors(x, v, scale=0.5).marks
    jacobian = jax.vmap(jax.jacfwd(TORUS.embedding))(jnp.asarray(x))
    assert_allclose(arrows.vectors, 0.5 * np.einsum("kdn,kn->kd", jacobian, v), atol=1e-14)
    assert_allclose(arrows.feet, [TORUS.embedding(jnp.asarray(p)) for p in x], atol=1e-14)
    vertices, faces = arrows.heads(1.0)
    assert_allclose(vertices[faces[:, 0]].reshape(2, 12, 3)[:, 0], arrows.feet + arrows.vectors)
    (in_space,) = draw(TORUS).with_vectors(arrows.feet, arrows.vectors).marks
    assert_allclose(in_space.vectors, arrows.vectors)
    with pytest.raises(ShapeError, match=r"v has shape \(3, 2\), which does not fit x of shape \(2, 2\)"):
        draw(TORUS).with_vectors(x, np.zeros((3, 2)))


def test_points_and_their_labels():
    picture = draw(SPHERE).with_points([[np.pi / 2, 0.0]], ["east"])
    assert_allclose(picture.marks[0].points, [[1, 0, 0]], atol=1e-14)
    assert [t.get_text() for t in picture.figure().axes[0].texts] == ["east"]
    (label,) = picture.plotly().layout.scene.annotations
    assert label.text == "east" and label.x == pytest.approx(1)
    vertices, _ = picture.marks[0].balls(2.0)
    assert_allclose(np.linalg.norm(vertices - [1, 0, 0], axis=-1), 0.03)
    with pytest.raises(ShapeError, match="1 points but 2 labels"):
        draw(SPHERE).with_points([[1.0, 0.0]], ["a", "b"])


def test_marks_that_are_not_finite_are_named():
    curve = np.array([[0.5, 0.0], [np.nan, 0.0], [1.0, 0.0], [1.2, 0.0]])
    picture = draw(SPHERE).with_curves([curve]).with_points([[np.inf, 0.0]]).with_vectors([[1.0, 0.0]], [[np.nan, 1.0]])
    assert picture.notes == (
        "1 of 4 points of the curves are not finite and are left out",
        "1 of 1 points are not finite and are left out",
        "1 of 1 arrows are not finite and are left out",
    )
    assert len(picture._repr_png_()) > 1000
    assert picture.plotly().data[1].x[1] is None


def test_the_surface_hides_what_is_behind_it():
    def ink(angle):
        arc = np.stack([np.full(50, 1.2), np.linspace(angle - 0.3, angle + 0.3, 50)], axis=-1)
        picture = draw(SPHERE, lambda x: 0 * x[0]).with_curves([arc], colour="#00ff00").seen_from(0, 20)
        red, green, blue = np.moveaxis(pixels(picture._repr_png_()), -1, 0)
        return np.sum((green > 0.9) & (red < 0.3) & (blue < 0.3))

    assert ink(0.0) > 500 and ink(np.pi) == 0


def test_camera_is_an_orthonormal_frame_with_the_eye_where_plotly_has_it():
    axes = Camera(25.0, 40.0).axes
    assert_allclose(axes @ axes.T, np.eye(3), atol=1e-15)
    assert_allclose(np.linalg.det(axes), 1)
    eye = draw(SPHERE).seen_from(25, 40).plotly().layout.scene.camera.eye
    assert_allclose(np.array([eye.x, eye.y, eye.z]) / 1.9, axes[2], rtol=1e-12)
    assert draw(SPHERE).seen_from(0, 90).plotly().layout.scene.dragmode == "orbit"


# -- several layers -----------------------------------------------------------------------------------------------


def harmonics():
    def functions(x):
        return jnp.stack([jnp.ones_like(x[0]), jnp.cos(x[0]), 3 * jnp.cos(x[0]) ** 2 - 1])

    return Spectrum([0.0, 2.0, 6.0], functions, dim=2)


def test_eigenfunctions_have_a_panel_and_a_frame_each():
    picture = plot.eigenfunctions(SPHERE, harmonics(), (1, 2), resolution=SMALL)
    theta = plot.grid(SPHERE, resolution=SMALL)[..., 0]
    assert [layer.title for layer in picture.layers] == ["φ1, λ = 2", "φ2, λ = 6"]
    assert_allclose(picture.layers[1].values, 3 * np.cos(theta) ** 2 - 1, atol=1e-14)
    assert [ax.get_title() for ax in picture.figure().axes[:2]] == ["φ1, λ = 2", "φ2, λ = 6"]
    figure = picture.plotly()
    assert [step.label for step in figure.layout.sliders[0].steps] == ["φ1, λ = 2", "φ2, λ = 6"]
    assert_allclose(figure.frames[1].data[0].surfacecolor, picture.layers[1].values, atol=1e-4)
    with pytest.raises(ShapeError, match="index 3 is not in a spectrum of 3"):
        plot.eigenfunctions(SPHERE, harmonics(), (3,), resolution=SMALL)


def gauss(t, x, y):
    return jnp.exp(-jnp.sum((x - y) ** 2, axis=-1) / (4 * t)) / (4 * jnp.pi * t)


def test_heat_has_the_values_of_the_kernel_and_one_scale():
    picture = plot.heat(SPHERE, gauss, [1.0, 2.0], [0.1, 0.4], resolution=SMALL)
    points = plot.grid(SPHERE, resolution=SMALL)
    assert_allclose(picture.layers[1].values, gauss(0.4, points, np.array([1.0, 2.0])), rtol=1e-12)
    assert picture.scale.colours == "sequential"
    assert picture.scale.high == picture.layers[0].values.max() > picture.layers[1].values.max()
    assert_allclose(picture.marks[0].points, [SPHERE.embedding(jnp.array([1.0, 2.0]))])
    with pytest.raises(ShapeError, match="at least one time"):
        plot.heat(SPHERE, gauss, [1.0, 2.0], [])


def test_logarithm_of_heat_ends_six_decades_down_also_where_the_kernel_underflows():
    picture = plot.heat(SPHERE, gauss, [1.0, 2.0], [0.001], log=True, resolution=SMALL)
    values = picture.layers[0].values
    assert np.all(np.isfinite(values)) and picture.scale.high == values.max()
    assert_allclose(picture.scale.high - picture.scale.low, 6)
    assert picture.scale.beyond == (True, False)
    kernel = np.asarray(gauss(0.001, plot.grid(SPHERE, resolution=SMALL), np.array([1.0, 2.0])))
    positive = kernel > 0
    assert not positive.all()
    assert_allclose(values[positive], np.log10(kernel[positive]))


# -- charts without a surface -------------------------------------------------------------------------------------


def test_a_manifold_without_embedding_is_refused_with_the_way_on():
    with pytest.raises(ShapeError, match=r"the flat torus has no embedding.*plot\.chart_map\(M, field\)"):
        plot.surface(FLAT)
    assert plot.drawn(FLAT) is None
    assert plot.drawn(SPHERE).title == "the sphere"


def test_chart_map_is_a_flat_picture_that_says_so():
    picture = plot.chart_map(FLAT, lambda x: jnp.sin(2 * jnp.pi * x[0]), resolution=(9, 17)).with_curves(
        [[[0, 0], [1, 2]]]
    )
    ax = picture.figure().axes[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x", "y")
    assert "lengths and angles are not those of the manifold" in repr(picture)
    assert_allclose(picture.marks[0].points, [[0, 0], [1, 2]])
    assert_allclose([ax.get_xlim(), ax.get_ylim()], [[0, 1], [0, 2]], atol=0.06)
    with pytest.raises(ShapeError, match=r"take figure\(\)"):
        picture.plotly()
    assert picture._repr_html_().startswith("<img") and "<script" not in picture._repr_html_()


def test_points_outside_the_chart_are_left_out_without_being_called_missing():
    disc = Chart(("x1", "x2"), region=Region(lambda x: (x * x).sum(-1) < 1, "the disc"))
    M = Shape("a disc", disc, None, lambda x: -1 + 0 * x[0], ((-1, -1), (1, 1)))
    picture = plot.chart_map(M, resolution=(21, 21))
    outside = np.sum(plot.grid(M, resolution=(21, 21)) ** 2, axis=-1) >= 1
    assert np.array_equal(np.isnan(picture.layers[0].values), outside)
    assert len(picture.notes) == 1 and "gaps" not in picture.notes[0]


def test_eigenfunctions_and_heat_of_a_flat_torus_are_drawn_on_its_chart():
    waves = Spectrum([0.0, 4 * np.pi**2], lambda x: jnp.stack([0 * x[0] + 1, jnp.cos(2 * jnp.pi * x[0])]), dim=2)
    assert plot.eigenfunctions(FLAT, waves, (1,), resolution=(9, 9)).sheet.flat
    assert plot.heat(FLAT, gauss, [0.5, 1.0], [0.1], resolution=(9, 9)).sheet.flat


# -- bad input ----------------------------------------------------------------------------------------------------


def test_what_is_no_scalar_field_is_refused():
    with pytest.raises(
        ShapeError, match=r"must return a number, shape \(\), for one point of shape \(2,\), got shape \(2,\)"
    ):
        draw(SPHERE, lambda x: x)
    with pytest.raises(ShapeError, match=r"field has shape \(3, 3\), but the grid has \(13, 25\)"):
        draw(SPHERE, np.zeros((3, 3)))
    with pytest.raises(ShapeError, match="only a scalar can colour a surface, but the field has 2 indices"):
        draw(SPHERE, Field(lambda x: x[0], rank=2))
    with pytest.raises(ShapeError, match="colours must be one of"):
        draw(SPHERE, colours="rainbow")


def test_what_is_no_surface_is_refused():
    with pytest.raises(ShapeError, match="got str"):
        plot.surface("sphere")
    space = Shape("space", Chart.real(3), lambda x: x, lambda x: x[0])
    with pytest.raises(ShapeError, match="space has no embedding of a chart with 2 coordinates"):
        plot.surface(space)
    with pytest.raises(ShapeError, match="only charts with 2 coordinates"):
        plot.chart_map(space)


def test_a_picture_whose_numbers_do_not_fit_cannot_be_made():
    picture = draw(SPHERE)
    with pytest.raises(ShapeError, match=r"shape \(13, 24\), the points \(13, 25\)"):
        plot.Picture(picture.sheet, (type(picture.layers[0])("f", np.zeros((13, 24))),), picture.scale)
    with pytest.raises(ShapeError, match="at least one layer"):
        plot.Picture(picture.sheet, (), picture.scale)


def test_pictures_that_cannot_be_written(tmp_path):
    for write in (draw(SPHERE).png, draw(SPHERE).html):
        with pytest.raises(OutputError, match=r"the picture .*nowhere"):
            write(tmp_path / "nowhere" / "file")


def test_an_unchanged_picture_after_with_methods():
    picture = draw(SPHERE)
    assert picture.with_points([[1.0, 1.0]]).marks and picture.marks == ()
    assert isinstance(picture.with_curves([np.ones((2, 3))]).marks[0], Curve)
