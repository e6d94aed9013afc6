"""Make the notebooks: NN-name.py is the source (cells begin with ``# %%``), NN-name.ipynb what it gives when executed.

python notebooks/build.py [NAME...]
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

FOLDER = Path(__file__).parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def sources() -> list[Path]:
    """All notebooks, in order."""
    return sorted(FOLDER.glob("[0-9]*.py"))


def notebook(source: Path) -> NotebookNode:
    """The cells of a source, not executed."""
    pieces = re.split(r"^# %%( \[markdown\])?\n", source.read_text(encoding="utf-8"), flags=re.MULTILINE)
    cells = []
    for number, (markdown, text) in enumerate(zip(pieces[1::2], pieces[2::2], strict=True)):
        if markdown:
            cell = new_markdown_cell(re.sub(r"^# ?", "", text.strip(), flags=re.MULTILINE))
        else:
            # Magics are comments in a source, so that it is Python.
            cell = new_code_cell(re.sub(r"^# (?=%%?[a-z])", "", text.strip(), flags=re.MULTILINE))
        # Random ones would change with every run.
        cell["id"] = f"cell-{number:02}"
        cells.append(cell)
    return new_notebook(cells=cells, metadata=METADATA)


def executed(source: Path) -> NotebookNode:
    """The notebook with its outputs, run in its folder; an error if a cell fails or complains."""
    result = notebook(source)
    NotebookClient(result, timeout=120, resources={"metadata": {"path": str(FOLDER)}}, record_timing=False).execute()
    for cell in result["cells"]:
        for output in cell.get("outputs", ()):
            if output.get("name") == "stderr":
                raise RuntimeError(f"{source.name} complains: {output['text']}")
    # The kernel adds the version of this machine's Python.
    result["metadata"] = METADATA
    return result


def main(names: list[str]) -> None:
    """Execute and store."""
    for source in sources():
        if not names or source.stem in names:
            nbformat.write(executed(source), source.with_suffix(".ipynb"))
            print(source.with_suffix(".ipynb").name)


if __name__ == "__main__":
    main(sys.argv[1:])
