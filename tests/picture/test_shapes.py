"""Shapes are written as SVG: well-formed, escaped, rounded."""

from xml.etree import ElementTree as ET

from tcpexplain.picture import shapes
from tcpexplain.picture.shapes import Picture, circle, group, path, rect, span, words
from tcpexplain.picture.svg import WRITERS, svg


def written(*given):
    """The children of the frame."""
    return list(ET.fromstring(svg(Picture("x", 0, 0, 10, 10, "label", given))))


def test_every_shape_can_be_written():
    rows = (rect("a", 0, 0, 1, 1), circle("a", 0, 0, 1), path("a", "M0 0"), words("a", 0, 0, "x"), group("", ()))
    assert {row[0] for row in rows} == set(WRITERS)
    assert [one.tag for one in written(*rows)] == ["rect", "circle", "path", "text", "g"]


def test_lengths_are_tenths_of_pixels_without_needless_digits():
    (one,) = written(rect("a", 1 / 3, 2.0, 99.96, 1234.5, 5))
    assert one.attrib == {"class": "a", "x": "0.3", "y": "2", "width": "100", "height": "1234.5", "rx": "5"}


def test_words_and_titles_are_escaped():
    hostile = "<script>&\"'\x00"
    text, around = written(words("a", 0, 0, hostile, "end", span("b", hostile, 7)), group(hostile, (), 3))
    clean = hostile.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    assert "".join(text.itertext()) == clean * 2
    assert around.get("transform") == "translate(0 3)"
    assert around[0].text == clean


def test_whatever_xml_cannot_hold_is_replaced():
    for number in (
        *range(0x20),
        *range(0x7F, 0xA0),
        0xD800,
        0xDFFF,
        0xFFFE,
        0xFFFF,
        0x1FFFE,
        0x10FFFF,
        0x2028,
        0x202E,
        0xE000,
    ):
        character = chr(number)
        (one,) = ET.fromstring(svg(Picture("x", 0, 0, 1, 1, "", (words("a", 0, 0, f"<{character}>"),))))
        assert one.text in {f"<{character}>", "<\N{REPLACEMENT CHARACTER}>", "<\n>"}, hex(number)


def test_a_picture_says_what_it_shows_and_how_large_it_is():
    root = ET.fromstring(svg(Picture("look", 1, 2, 30.5, 40, 'a "label"', ()), "<style>x{}</style>", standalone=True))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("viewBox") == "1 2 30.5 40"
    assert (root.get("width"), root.get("height"), root.get("role")) == ("30.5", "40", "img")
    assert root.get("aria-label") == 'a "label"'
    assert len(root) == 1


def test_the_shapes_are_named_as_their_functions():
    assert all(hasattr(shapes, name) for name in WRITERS)
