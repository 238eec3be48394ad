import numpy as np
import pytest

from keras_htr_gan.data.readers.page_xml import open_page
from keras_htr_gan.transcripts.text_heights import (
    measure_baseline_distances,
    measure_line_pitch,
)
from tests.data.readers.xml_files import alto, alto_line, page, page_line, write


def lines_of_page(tops, height, baselines=True):
    lines = []
    for top in tops:
        bottom = top + height
        line = page_line("", f"10,{top} 180,{top} 180,{bottom} 10,{bottom}")
        if baselines:
            line = line.replace(
                "</TextLine>",
                f'<Baseline points="10,{bottom} 180,{bottom}"/></TextLine>',
            )
        lines.append(line)
    return page("".join(lines))


def measure(folder, xml, size=(200, 300)):
    return measure_line_pitch(open_page(write(folder, xml, size=size), folder))


@pytest.mark.parametrize(
    "tops, height, baselines, expected",
    [
        ((10, 40, 70, 105), 31, True, 30),  # the median distance
        ((10, 110, 210), 20, True, 21),  # far apart: their own height
        ((10,), 40, True, 41),
        ((10, 40, 70), 26, False, 27),
    ],
)
def test_height_of_a_page(tmp_path, tops, height, baselines, expected):
    xml = lines_of_page(tops, height, baselines)
    xml = xml.replace('imageHeight="100"', 'imageHeight="300"')
    assert measure(tmp_path, xml) == pytest.approx(expected)


def test_coordinates_of_another_unit_are_scaled(tmp_path):
    lines = "".join(
        alto_line("", f'HPOS="10" VPOS="{y}" WIDTH="150" HEIGHT="20"').replace(
            "<TextLine", f'<TextLine BASELINE="10 {y + 20} 150 {y + 20}"'
        )
        for y in (10, 32, 54)
    )
    xml = alto(lines, "mm10", 'WIDTH="200" HEIGHT="100"')
    assert measure(tmp_path, xml, (400, 200)) == pytest.approx(44)


def test_one_number_is_no_baseline(tmp_path):
    line = alto_line("").replace("<TextLine", '<TextLine BASELINE="48"')
    assert measure(tmp_path, alto(line), (200, 100)) == pytest.approx(40)
    assert measure(tmp_path, alto(""), (200, 100)) is None


@pytest.mark.parametrize("angle", [0, 8, 90, 180, 270])
def test_lines_may_run_in_any_direction(angle):
    lines = [np.array([(0.0, y), (400.0, y)]) for y in (0, 30, 60)]
    # Beside them, in a column of its own.
    lines += [np.array([(500.0, y), (900.0, y)]) for y in (7, 37)]
    turn = np.deg2rad(angle)
    turn = np.array(
        [(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))]
    )
    found = measure_baseline_distances([line @ turn for line in lines])
    assert found == pytest.approx([30, 30, 30])
