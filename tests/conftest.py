"""What a test may need, and the end of a run: every test left out is named there with its reason."""

from __future__ import annotations

import ctypes
import gc
import os
import shutil
import sys
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings
from shares import ALL, SOME

TESTS = Path(__file__).parent
M_MMAP_THRESHOLD = -3
"""Of mallopt(3): from how many bytes on memory is asked of the system."""


def root():
    if not sys.platform.startswith("linux"):
        return "not on Linux"
    return "" if os.geteuid() == 0 else "not root"


def program(*names):
    return "" if any(shutil.which(name) for name in names) else f"no {' or '.join(names)} in PATH"


def modules(*names):
    missing = [name for name in names if find_spec(name) is None]
    return f"no {', '.join(missing)} installed" if missing else ""


def from_npm(name, variable):
    folder = os.environ.get(variable, TESTS.parent / "node_modules" / name)
    return program("chromium", "chromium-browser", "google-chrome") or (
        "" if Path(folder).is_dir() else f"no node_modules/{name}"
    )


EXTRAS = ("IPython", "duckdb", "mcp", "mypy", "pandas", "polars", "pyarrow", "zstandard")
"""Packages that an environment of ``make test`` has not, and one of ``make test-rest`` has."""
NEEDS = {
    "tshark": lambda: program("tshark"),
    "root": root,
    "chromium": lambda: program("chromium", "chromium-browser", "google-chrome"),
    "mermaid": lambda: from_npm("mermaid", "TCPEXPLAIN_MERMAID"),
    "axe": lambda: from_npm("axe-core", "TCPEXPLAIN_AXE"),
    "pyodide": lambda: from_npm("pyodide", "TCPEXPLAIN_PYODIDE"),
    "docs": lambda: modules("sphinx", "myst_parser", "furo"),
    "notebooks": lambda: modules("nbclient", "ipykernel"),
    "time": lambda: "",
    "index": lambda: modules("pip", "venv"),
    "gcc": lambda: program("gcc"),
    "cluster": lambda: modules("distributed", "pyarrow"),
    **{name: partial(modules, name) for name in EXTRAS},
}
"""Why a need is not met, or an empty string."""

ALWAYS = ("tshark",)
"""Needs of tests that run without ``--everything`` where they are met."""
BESIDE = (*ALWAYS, *EXTRAS, "time")
"""Needs of tests that can run beside others."""
COLLECTED = 50_000, 20, 50
"""Objects made since the last collection of garbage from which on there is one, and how many of the young come before one of the older."""
LARGE = 60_000
PACKED = 6
"""How many times as long a compressed capture is, unpacked."""
OF_LARGE = ("test_what_is_expected_is_found",)
"""Bytes of a capture that takes a second in each of many tests, and the tests that always try it."""


def pytest_addoption(parser):
    group = parser.getgroup("tcpexplain")
    group.addoption(
        "--everything", action="store_true", help="also run what needs more than tshark (root, chromium, ...)"
    )
    group.addoption(
        "--share",
        action="append",
        choices=["together", "alone", "rest"],
        help="of all tests, those that can run beside others, those that want the machine for themselves, or those that make test leaves out; given twice, those that are both",
    )
    group.addoption(
        "--update-expected", action="store_true", help="rewrite captures/*/expected.toml from what is found"
    )


def wants_the_machine(item):
    """Whether a test needs real sockets and timers, a browser, a cluster: beside others it would be too slow."""
    return any(what not in BESIDE for mark in item.iter_markers("needs") for what in mark.args)


def is_large(item):
    """Whether a test that walks all captures is at a large one."""
    given = item.callspec.params.values() if hasattr(item, "callspec") else ()
    paths = [one for one in given if isinstance(one, Path)]
    return item.originalname not in OF_LARGE and any(length(path) > LARGE for path in paths)


def length(path):
    """Bytes of a capture, unpacked."""
    return path.stat().st_size * (PACKED if path.suffix == ".gz" else 1)


def is_left(item):
    """Whether ``make test`` leaves a test out."""
    return is_large(item) or any(what not in ALWAYS for mark in item.iter_markers("needs") for what in mark.args)


OF_SHARE = {
    "rest": is_left,
    "alone": wants_the_machine,
    "together": lambda item: not wants_the_machine(item),
}


def pytest_configure(config):
    """How many random examples are tried where a test does not say, and the measure of those that do (``shares.examples``)."""
    settings.register_profile("make test", max_examples=SOME)
    settings.register_profile("everything", max_examples=ALL)
    settings.load_profile("everything" if config.getoption("--everything") else "make test")


def pytest_collection_modifyitems(config, items):
    """Leave out what ``--share`` leaves to another run."""
    shares = config.getoption("--share")
    if shares:
        chosen = [item for item in items if all(OF_SHARE[share](item) for share in shares)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
        items[:] = chosen


def pytest_sessionstart():
    """Large arrays come from the system empty, as they do in a program that explains one capture; glibc would clear them one by one."""
    if sys.platform.startswith("linux") and hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, 1 << 22)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """Thousands of tests stay until the end: no collection of garbage needs to look at them.

    Nor is one needed after every 700 records: to read a small capture takes a quarter less time with few.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED)


def pytest_runtest_setup(item):
    everything = item.config.getoption("--everything")
    if not everything and is_large(item):
        pytest.skip(
            f"captures above {LARGE:,} bytes take long in each of many tests: left for --everything (make test-all)"
        )
    for mark in item.iter_markers("needs"):
        for what in mark.args:
            reason = NEEDS[what]()
            if reason:
                pytest.skip(f"needs {what}: {reason}")
            if what not in ALWAYS and not everything:
                pytest.skip(f"needs {what}: left for --everything (make test-all)")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter):
    """``-q`` and folded lines of ``-ra`` hide names; these last lines do not."""
    yield
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("left out")
    reasons = {}
    for report in skipped:
        reason = (
            report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else str(report.longrepr)
        )
        reasons.setdefault(reason, []).append(report.nodeid)
    for reason, names in reasons.items():
        terminalreporter.write_line(reason)
        for name in names:
            terminalreporter.write_line(f"    {name}")


@pytest.fixture
def fewer(request):
    """Of how many packets generated traffic is made: all that are asked for with ``--everything``, else a third."""
    return (lambda packets: packets) if request.config.getoption("--everything") else (lambda packets: packets // 3)


@pytest.fixture
def update_expected(request):
    return request.config.getoption("--update-expected")
