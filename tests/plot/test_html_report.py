"""The report is one file that needs nothing else, and no text in it can become markup."""

import base64
import re
import struct

import pytest

from riemlearn.errors import OutputError, ShapeError
from riemlearn.plot import Report
from riemlearn.plot.style import new_figure

EVIL = '<script>alert("x")</script> & <img src=http://example.org/x.png>'


def a_figure():
    figure = new_figure(2.0, 1.0)
    figure.subplots().plot([0, 1], [0, 1])
    return figure


def full_page(text: str) -> str:
    return (
        Report(text, text)
        .section(text, text)
        .heading(text)
        .notice(text)
        .points([text])
        .code(text)
        .highlights([(text, text)])
        .table([text], [[text]], caption=text, folded=text)
        .figure(a_figure(), caption=text, alt=text)
        .downloads([(text, text)])
        .html()
    )


def test_every_text_is_escaped():
    page = full_page(EVIL)
    assert "<script" not in page
    escaped = page.count("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp;")
    assert escaped == 20  # every place above once, but the title twice, and a file as address and as name
    assert page.count("<img") == 1


def test_page_needs_nothing_but_itself():
    page = full_page("text")
    addresses = re.findall(r'(?:src|href)="([^"]*)"|url\(([^)]*)\)', page)
    assert addresses
    assert all(re.match(r"data:image/png;base64,|#s\d+$|\./", a or b) for a, b in addresses)
    assert "<script" not in page and "@import" not in page and "http" not in page


def test_picture_is_a_png_of_the_right_size():
    page = Report("t").figure(a_figure(), "caption", "alt text").html()
    data = base64.b64decode(re.search(r'data:image/png;base64,([^"]+)"', page)[1], validate=True)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", data[16:24]) == (320, 160)
    assert 'alt="alt text"' in page and "<figcaption>caption</figcaption>" in page


def test_table_has_its_rows_and_alignment():
    page = Report("t").table(["layer", "K"], [[0, "1.5"], [1, "2.5"]], caption="c", align="lr").html()
    assert '<tr><td>1</td><td class="r">2.5</td></tr>' in page
    assert page.count("<tr>") == 3 and "<caption>c</caption>" in page
    assert "<details>" not in page


@pytest.mark.parametrize(("rows", "align"), [([[1, 2], [1]], ""), ([[1, 2]], "lll")])
def test_table_with_a_wrong_number_of_cells(rows, align):
    with pytest.raises(ShapeError, match=r"entries, but there are 2 headers"):
        Report("t").table(["a", "b"], rows, align=align)


def test_contents_name_every_section_of_a_long_page():
    page = Report("t").section("One").section("Two").section("Three", "first\n\nsecond").html()
    assert '<nav><a href="#s1">One</a><a href="#s2">Two</a><a href="#s3">Three</a></nav>' in page
    assert '<h2 id="s3">Three</h2>\n<p>first</p>\n<p>second</p>' in page
    assert "<nav>" not in Report("t").section("One").section("Two").html()


def test_write_makes_the_folder_and_leaves_no_scratch(tmp_path):
    page = Report("t", "ünïcode")
    path = page.write(tmp_path / "deep" / "index.html")
    assert path.read_text(encoding="utf-8") == page.html()
    assert [p.name for p in path.parent.iterdir()] == ["index.html"]


def test_a_failed_write_keeps_the_old_page(tmp_path):
    (tmp_path / "index.html").mkdir()  # a folder cannot be replaced by a file, whoever runs this
    with pytest.raises(OutputError, match=r"index\.html cannot be written"):
        Report("t").write(tmp_path / "index.html")
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]


def test_a_file_in_place_of_the_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        Report("t").write(tmp_path / "file" / "index.html")
