"""JSON over several lines."""

import json
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logdiag.renderers.json_text import lay_out


class Colour(StrEnum):
    """A text that is a member of something."""

    RED = "red"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_text_is_that_of_the_standard_library(value: object) -> None:
    """Whatever is nested in whatever: the same bytes as `json.dumps` writes."""
    assert lay_out(value) == json.dumps(value, indent=2)


@pytest.mark.parametrize("value", [[Colour.RED], (1, ("a", ())), {"a": {}, "b": []}])
def test_children_of_texts_and_empty_things(value: object) -> None:
    """A member of a StrEnum is its text, a tuple a list; what is empty has no line of its own."""
    assert lay_out(value) == json.dumps(value, indent=2)


def test_what_is_no_json_is_refused() -> None:
    """Neither NaN nor a set gets into the output."""
    with pytest.raises(ValueError, match="nan"):
        lay_out([float("nan")])
    with pytest.raises(TypeError, match="set"):
        lay_out({"a": {1}})
