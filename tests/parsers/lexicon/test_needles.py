"""Which raw lines are worth a look."""

from __future__ import annotations

import json
import re

from logdiag.parsers.lexicon.grammar import load_grammar
from logdiag.parsers.lexicon.needles import NEEDLES, ask_rows, ask_texts
from logdiag.scanning.suspects import get_finder
from tests.folding import each
from tests.parsers.lexicon.test_messages import PUBLIC, is_right
from tests.winston import BUILT_IN

EXAMPLES = [(row, text) for row in load_grammar() for text in row.examples]


def test_what_a_lexicon_understands_is_found_in_the_raw_line() -> None:
    """The scanner's prefilter lets pass whatever the lexicon would understand, in either writing of JSON."""
    finder = get_finder((*BUILT_IN.texts, b"\\u"), BUILT_IN.expressions)
    is_wanted = BUILT_IN.find_candidate()
    messages = [text for row, text in EXAMPLES if row.kind is not None]
    messages += [row["message"] for row in PUBLIC if row["kind"] is not None and is_right(row)]
    missed = []
    for message in messages:
        raw = json.dumps({"message": message}, ensure_ascii=False).encode()
        found = finder.find(bytearray(b"\n" + raw + b"\n"), 0, len(raw) + 2)
        if not any(suspect.is_candidate for suspect in found) or not is_wanted(raw):
            missed.append(message)
    assert missed == []


def test_few_lines_and_many_are_asked_alike() -> None:
    """Whichever way a line is asked, the answer is one: else the same log would be read otherwise beside others."""
    texts = (
        [text for _, text in EXAMPLES] + [row["message"] for row in PUBLIC] + ["Scan S305 shipped", "Scan S305 ships"]
    )
    raws = [json.dumps({"message": text}, ensure_ascii=False).lower().encode() for text in texts]
    assert [raw for raw in raws if ask_rows(raw) is not ask_texts(raw)] == []


@each(
    "line",
    [
        b'{"message":"IPC message #43697658 worker-1 -> main type=data size=21467"}',
        b'{"message":"cache miss key=room:7570480555375657444:stats bytes=48213"}',
        b'{"message":"Queue size: 2468 pending, batch=202"}',
        b"2025-11-14 16:25:52.801 INFO disk - written bytes=1048576 in 12 ms",
        b'{"message":"WebSocket frame 4471 decoded type=WebcastChatMessage len=2213"}',
        '{"message":"💬 [用户4471] 点赞：进入直播间 送出 小心心"}'.encode(),
        b'{"message":"Stored 312 records in 41ms (collection chat_2025_11)"}',
        b'{"message":"Buffered item 9f3c2a1b for room 7570480555375657444"}',
    ],
)
def test_what_all_logs_are_full_of_is_worth_no_look(line: bytes) -> None:
    """What is common in logs of any kind is passed over by the scan: to take it apart costs more than all the rest."""
    assert not any(re.search(needle.exact, line.lower()) for needle in NEEDLES)
    assert [text for text in BUILT_IN.texts if text in line and text != b" bytes"] == []  # of which sized sends tell
