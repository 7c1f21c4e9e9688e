"""Each row of the grammar and its examples."""

from __future__ import annotations

from logdiag.parsers.lexicon.grammar import Row, load_grammar
from logdiag.parsers.lexicon.messages import TWINS, read_message
from tests.folding import each

EXAMPLES = [(row, text) for row in load_grammar() for text in row.examples]


@each(("row", "text"), EXAMPLES, ids=[text for _, text in EXAMPLES])
def test_each_example_is_read_as_its_row_says(row: Row, text: str) -> None:
    """No earlier row claims the example of a later one for another kind."""
    found = read_message(text)
    if row.kind is None:
        assert found is None
    else:
        assert found is not None
        assert found.kind in {row.kind, TWINS.get(row.kind)}
