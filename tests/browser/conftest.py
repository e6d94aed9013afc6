"""One browser for all tests of pages, and the pages."""

from pathlib import Path

import pytest
from browser.chromium import Chromium
from examples import crashed_client

from tcpexplain import read
from tcpexplain.reports import html

CAPTURES = Path(__file__).parents[2] / "captures"


@pytest.fixture(scope="session")
def browser():
    browser = Chromium()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def many():
    """2,000 connections, as they were captured."""
    return read(CAPTURES / "mix2000" / "mix2000.pcap")


@pytest.fixture(scope="session")
def report(many, tmp_path_factory):
    """Their page."""
    path = tmp_path_factory.mktemp("report") / "many.html"
    html.write(many, path)
    return path


@pytest.fixture(scope="session")
def single(tmp_path_factory):
    """The page of one connection."""
    path = tmp_path_factory.mktemp("report") / "single.html"
    html.write(crashed_client(), path)
    return path
