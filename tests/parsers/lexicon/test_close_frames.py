"""Close frames as Rust shows them: the code by its name, the text in quotes."""

from __future__ import annotations

from logdiag.parsers.lexicon.close_frames import CLOSE_CODES, RUST_NAMES, find_shown_frame
from tests.folding import each
from tests.winston import BUILT_IN


def test_each_name_is_of_a_code_that_has_one_here() -> None:
    """A number of the registry stands behind every name, and none behind two."""
    assert set(RUST_NAMES.values()) <= set(CLOSE_CODES)
    assert len(set(RUST_NAMES.values())) == len(RUST_NAMES)


@each(
    ("message", "code", "said"),
    [
        ('CloseFrame { code: Away, reason: "going away" }', "1001", "going away"),
        ('Close(Some(CloseFrame { code: Normal, reason: "" }))', "1000", None),
        ('CloseFrame { code: Library(4001), reason: Utf8Bytes("expired") }', "4001", "expired"),
        ('Some(CloseReason { code: Policy, description: Some("no token") })', "1008", "no token"),
        ("Some(CloseReason { code: Error, description: None })", "1011", None),
        ('CloseFrame { code: Novel, reason: "x" }', None, "x"),
    ],
)
def test_a_frame_tells_its_code_and_text(message: str, code: str | None, said: str | None) -> None:
    """The names of tungstenite and of actix; a name that is not known has no number."""
    found = find_shown_frame(message)
    assert found is not None
    assert (found.code, found.said) == (code, said)


def test_what_shows_no_frame_tells_nothing() -> None:
    """An object with a code of its own is none."""
    assert find_shown_frame('Exit { code: Away, reason: "x" }') is None


def test_the_sentence_around_it_is_read_with_them() -> None:
    """`websocket closed: …`: the code that only its name tells, and no reason where the frame has none."""
    found = BUILT_IN.match('websocket closed: Some(CloseFrame { code: Away, reason: "" })', "app")
    assert found is not None
    assert (found.extracted["code"], found.extracted["reason"]) == ("1001", "going away")
