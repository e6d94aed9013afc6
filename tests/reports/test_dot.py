"""The state diagram as DOT."""

import re
from dataclasses import replace
from pathlib import Path

from examples import crashed_client

from tcpexplain import read
from tcpexplain.machine.transitions import TRANSITIONS, State
from tcpexplain.model.capture import Capture
from tcpexplain.reports import dot, report_for

CAPTURES = Path(__file__).parents[2] / "captures"
EDGE = re.compile(r'^  "([^"]+)" -> "([^"]+)" \[(.*)\]$', re.MULTILINE)


def test_a_dot_file_is_dot(tmp_path):
    target = tmp_path / "x.dot"
    assert report_for(target) is dot
    dot.write(crashed_client(), target)
    text = target.read_text()
    assert text.startswith("digraph tcp {\n")
    assert text.endswith("}\n")


def test_every_row_is_an_edge_and_the_rows_taken_are_highlighted():
    edges = EDGE.findall(dot.render(crashed_client()))
    known = [row for row in TRANSITIONS if State.UNKNOWN not in (row.state, row.next)]
    assert len(edges) == len(known)
    bright = [attributes for _, _, attributes in edges if "penwidth" in attributes]
    assert len(bright) == 9
    assert sum("dashed" in attributes for attributes in bright) == 2
    assert any('label="● 6\\nFIN out"' in attributes for attributes in bright)


def test_every_end_of_an_edge_is_a_node():
    text = dot.render(crashed_client())
    nodes = set(re.findall(r'^  "([^"]+)" \[label', text, re.MULTILINE))
    assert {end for edge in EDGE.findall(text) for end in edge[:2]} <= nodes


def test_quotes_in_a_title_cannot_end_it():
    plain = crashed_client()[0]
    odd = replace(plain, finding=replace(plain.finding, title='said "no" \\ and left'))
    assert 'said \\"no\\" \\\\ and left' in dot.render(Capture((odd,)))


def test_a_reset_that_was_ignored_ends_at_its_state_in_a_bar():
    told = dot.render(read(CAPTURES / "forged-reset-in-window" / "capture.pcap"))
    (line,) = [line for line in told.splitlines() if "forged RST ignored" in line]
    assert line.startswith('  "ESTABLISHED" -> "ESTABLISHED" [')
    assert "style=dashed" in line
    assert "arrowhead=tee" in line
