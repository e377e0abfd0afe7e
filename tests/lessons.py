"""Small notebooks for the tests of the runner: good ones, and ones that break in one way."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

DRAW = "import matplotlib.pyplot as plt\nfig, ax = plt.subplots()\nax.plot([0, 1], [0, {}]);"


def lesson(path, *sources, parameters='source = "fixture"', **card):
    """Write a notebook of a parameters cell and one code cell a source; return its path."""
    cells = [new_markdown_cell("# Does it run?", id="title")]
    if parameters:
        cells.append(new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]}))
    cells += [new_code_cell(source, id=f"step-{number}") for number, source in enumerate(sources, 1)]
    facts = {"title": "Does it run?", "data": [], "budget": {"seconds": 30, "gb": 1.0}} | card
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(new_notebook(cells=cells, metadata=metadata | {"fieldnotes": facts}), path)
    return path
