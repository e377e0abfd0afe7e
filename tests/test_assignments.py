"""Every lesson of education can be handed out: right answers get all points, none gets none, mistakes what is stated."""

import pytest

from ci.notebooks import find, label
from teaching.prove import prove

LESSONS = [label(path) for path in find() if path.parent.name == "education"]


@pytest.mark.parametrize("name", LESSONS)
def test_the_assignment_marks_as_it_should(name):
    assert prove(name) == []
