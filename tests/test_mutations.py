"""Every way of changing a committed lesson that we could think of is noticed, in a sentence."""

import pytest
from mutations import FILES, MUTATIONS, told


@pytest.mark.parametrize("name", [*MUTATIONS, *FILES])
def test_a_changed_lesson_is_noticed(name):
    ((_, lesson, sentence),) = told([name])
    assert sentence, f"{lesson} was changed, and nothing was said"
    assert "\n" not in sentence and "Error" not in sentence.split(":")[0]
