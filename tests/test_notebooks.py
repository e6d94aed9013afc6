"""The notebooks run, say what their sources say, and show nothing of the machine they ran on."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
SOURCES = sorted(FOLDER.glob("[0-9]*.py"))
LIVE = "07-watch-your-own-sockets"


@pytest.fixture(scope="module")
def build():
    spec = spec_from_file_location("build_notebooks", FOLDER / "build.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stored(source):
    import nbformat

    return nbformat.read(source.with_suffix(".ipynb"), as_version=4)


def texts(notebook):
    """All texts of all outputs."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            yield from [output["text"]] if "text" in output else []
            yield from (str(value) for kind, value in output.get("data", {}).items() if kind.startswith("text/"))


def test_there_is_a_notebook_for_every_source():
    assert [path.stem for path in SOURCES] == sorted(path.stem for path in FOLDER.glob("*.ipynb"))
    assert len(SOURCES) == 7


@pytest.mark.needs("notebooks")
@pytest.mark.parametrize("source", SOURCES, ids=[path.stem for path in SOURCES])
def test_what_is_stored_was_made_from_its_source(build, source):
    assert [cell.source for cell in stored(source).cells] == [cell.source for cell in build.notebook(source).cells]


@pytest.mark.needs("notebooks")
@pytest.mark.parametrize("source", SOURCES, ids=[path.stem for path in SOURCES])
def test_outputs_show_nothing_of_a_machine_and_are_small(source):
    for text in texts(stored(source)):
        assert not re.search(r"/(home|root|tmp|work|Users)/", text)
    assert source.with_suffix(".ipynb").stat().st_size < 300_000


@pytest.mark.needs("notebooks")
@pytest.mark.parametrize(
    "source",
    [pytest.param(path, marks=pytest.mark.needs("root") if path.stem == LIVE else ()) for path in SOURCES],
    ids=[path.stem for path in SOURCES],
)
@pytest.mark.filterwarnings("ignore")  # of the libraries between us and the kernel
def test_every_cell_runs(build, source):
    result = build.executed(source)
    assert all(cell.get("outputs") is not None for cell in result.cells if cell.cell_type == "code")
    assert [cell.cell_type for cell in result.cells] == [cell.cell_type for cell in stored(source).cells]


@pytest.mark.needs("notebooks")
def test_a_cell_that_fails_fails_the_notebook(build, tmp_path):
    bad = tmp_path / "99-bad.py"
    bad.write_text("# %%\n1 / 0\n", encoding="utf-8")
    with pytest.raises(Exception, match="ZeroDivisionError"):
        build.executed(bad)
