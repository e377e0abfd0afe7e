"""Every lesson of education can be handed out: the right answers, none, and known mistakes get what they should."""

import pytest

from ci.notebooks import find, label
from teaching.prove import prove

LESSONS = [label(path) for path in find() if path.parent.name == "education"]


@pytest.mark.parametrize("name", LESSONS)
def test_the_assignment_marks_as_it_should(name):
    assert prove(name) == []
