"""The way of one message: what the text means, every step with the state of the connection, the end and its reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from logdiag.pipeline.journeys import trace_message
from logdiag.pipeline.stages import Workers, analyze, open_reading
from logdiag.request import Request
from logdiag.results.journey import Journey, JourneyEnd, LinkState, Tie, Understood
from tests.winston import at, connect, drop, record, write

ROOT = Path(__file__).parent.parent.parent
REFERENCE = ROOT / "sample_logs" / "2025-11-14-reference"
ACCOUNT = "acc-98296c87-2e42-447a-9d8b-8be008ddb6e4"


def trace(text: str, *paths: Path) -> Journey:
    request = Request(tuple(map(str, paths)))
    with open_reading(request) as reading:
        return trace_message(text, analyze(reading, Workers(None)))


def captured(second: float, name: str) -> str:
    message = f"[Realtime] Processing message: {name}... (account: {ACCOUNT})"
    return record(at(second), message, service="douyin-realtime-monitor")


def processed(second: float, name: str) -> str:
    message = f"✅ [Realtime] Message processed successfully: {name}..."
    return record(at(second), message, service="douyin-realtime-monitor")


def pushed(second: float, message: str, level: str = "info") -> str:
    return record(at(second), message, level, service="data-pusher")


def write_worker(folder: Path, pushes: list[str], *, shift_s: float = 0.0) -> Path:
    """A worker that is up from 1 s to 50 s and from 52 s on; three messages are captured at 10, 49.9 and 70 s."""
    write(folder / "socket-client.log", [connect(1 + shift_s), drop(50 + shift_s), connect(52 + shift_s, 2)])
    names = {10.0: "757249540001", 49.9: "757249540002", 70.0: "757249550003"}
    lines = [line(t + shift_s, name) for t, name in names.items() for line in (captured, processed)]
    write(folder / "douyin-realtime-monitor.log", lines)
    write(folder / "data-pusher.log", pushes)
    return folder


def list_pushes(shift_s: float = 0.0) -> list[str]:
    return [
        pushed(10.1 + shift_s, "Pushing data sync to Master", "debug"),
        pushed(10.2 + shift_s, "Data sync pushed successfully"),
        pushed(49.95 + shift_s, "Pushing data sync to Master", "debug"),
        pushed(50.1 + shift_s, "Failed to push data sync: Socket is not connected", "error"),
        pushed(70.1 + shift_s, "Pushing data sync to Master", "debug"),
        pushed(70.2 + shift_s, "Data sync pushed successfully"),
    ]


def test_the_reference_incident_is_told_in_its_six_lines() -> None:
    """From the connect before the message to the one after its loss, with the numbers that the diagnosis had."""
    story = trace("757249542734", REFERENCE).story
    assert story is not None
    assert [(hop.role, hop.time.strftime("%M:%S.%f")[:-3], hop.link.value) for hop in story.hops] == [
        ("connected", "29:24.284", "up"),
        ("message-captured", "29:52.569", "up"),
        ("message-processed", "29:52.602", "up"),
        ("disconnected", "29:52.608", "down"),
        ("push-failed", "29:52.783", "down"),
        ("connected", "29:53.826", "up"),
    ]
    assert (story.subject.end, story.subject.why) == (JourneyEnd.FAILED, "dropped-while-pushing")
    numbers = {name: story.numbers[name] for name in ("lead_ms", "after_drop_ms", "before_reconnect_ms")}
    assert numbers == {"lead_ms": 6.0, "after_drop_ms": 175.0, "before_reconnect_ms": 1043.0}
    assert {item.id for item in story.assumptions} == {"push-by-order", "start-inferred", "cut-id"}
    assert story.others_count == 0


def test_a_delivered_message_ends_with_its_push(tmp_path: Path) -> None:
    """No disconnect belongs to its way, and that sent is not received is said."""
    story = trace("757249540001", write_worker(tmp_path / "worker1", list_pushes())).story
    assert story is not None
    assert story.subject.end is JourneyEnd.DELIVERED
    assert [hop.role for hop in story.hops][-1] == "push-ok"
    assert {hop.link for hop in story.hops} == {LinkState.UP}
    assert [hop.tie for hop in story.hops].count(Tie.PUSH) == 2
    assert "sent-is-not-received" in {item.id for item in story.assumptions}


@pytest.mark.parametrize(
    ("text", "understood", "found"),
    [
        ("757249540002", Understood.ID, 1),
        ("9540002", Understood.ID_PART, 1),
        ("75724954000", Understood.ID_PART, 2),
        ("7572495400029876543", Understood.ID_BEGINNING, 1),
        (ACCOUNT, Understood.TEXT, 3),
        ("socket is not connected", Understood.TEXT, 1),
        ("no such thing", Understood.NOTHING, 0),
    ],
)
def test_a_text_may_be_an_id_a_part_an_account_or_words(
    text: str, understood: Understood, found: int, tmp_path: Path
) -> None:
    """One message has its story, several are listed, none leaves what was looked through."""
    journey = trace(text, write_worker(tmp_path / "worker1", list_pushes()))
    assert (journey.understood, journey.matches_count) == (understood, found)
    assert (journey.story is not None) == (found == 1)
    assert (journey.looked.files_count, journey.looked.messages_count, journey.looked.pushes_count) == (3, 3, 3)


def test_what_did_not_arrive_is_listed_first(tmp_path: Path) -> None:
    """Of three messages of an account the failed one leads."""
    journey = trace(ACCOUNT, write_worker(tmp_path / "worker1", list_pushes()))
    assert [subject.end for subject in journey.matches] == [
        JourneyEnd.FAILED,
        JourneyEnd.DELIVERED,
        JourneyEnd.DELIVERED,
    ]
    assert journey.matches[0].message_id == "757249540002"


def test_a_failed_message_that_is_captured_again_and_arrives_is_resent(tmp_path: Path) -> None:
    """Both pushes are steps of its way."""
    folder = write_worker(tmp_path / "worker1", list_pushes())
    again = [captured(60, "757249540002"), captured(70, "757249550003")]
    write(folder / "douyin-realtime-monitor.log", [captured(49.9, "757249540002"), *again])
    story = trace("757249540002", folder).story
    assert story is not None
    assert (story.subject.end, story.numbers["attempts_count"]) == (JourneyEnd.RESENT, 2)


def test_a_push_just_before_a_disconnect_is_suspect(tmp_path: Path) -> None:
    """It was logged as done 10 ms before the connection closed."""
    pushes = [pushed(49.95, "Pushing data sync to Master"), pushed(49.99, "Data sync pushed successfully")]
    story = trace("757249540002", write_worker(tmp_path / "worker1", pushes)).story
    assert story is not None
    assert (story.subject.end, story.subject.why) == (JourneyEnd.SUSPECT, "dropped-soon-after")
    assert [hop.role for hop in story.hops][-2:] == ["disconnected", "connected"]


def test_a_message_without_a_push_ends_nowhere(tmp_path: Path) -> None:
    """Unknown is an answer."""
    folder = write_worker(tmp_path / "worker1", [pushed(1, "idle")])
    story = trace("757249540001", folder).story
    assert story is not None
    assert (story.subject.end, story.subject.why) == (JourneyEnd.UNKNOWN, "no-push")


def test_what_was_under_way_within_a_second_is_listed_and_no_more(tmp_path: Path) -> None:
    """A line 0.9 s before the capture belongs there, one 1.1 s before does not."""
    folder = write_worker(tmp_path / "worker1", list_pushes())
    write(folder / "worker.log", [record(at(8.9), "too early", service="w"), record(at(9.1), "near", service="w")])
    story = trace("757249540001", folder).story
    assert story is not None
    assert [other.message for other in story.others] == ["near"]


def test_a_text_of_too_many_lines_is_bounded(tmp_path: Path) -> None:
    """A hundred steps are listed, the rest are counted."""
    write(tmp_path / "socket-client.log", [connect(1)])
    write(tmp_path / "app.log", [record(at(2 + n), f"request {n}", service="app") for n in range(150)])
    story = trace("request", tmp_path).story
    assert story is not None
    assert (len(story.hops), story.hops_count) == (100, 151)  # and the connect before them


def test_other_escapes_of_json_are_found(tmp_path: Path) -> None:
    r"""A logger that writes \uXXXX holds the same words."""
    write(tmp_path / "socket-client.log", [connect(1)])
    escaped = record(at(2), "消息 333444 已捕获", service="app").encode("ascii", "backslashreplace").decode()
    write(tmp_path / "app.log", [escaped])
    assert trace("已捕获", tmp_path).looked.matched_count == 1


def test_shifting_all_times_changes_nothing_but_the_times(tmp_path: Path) -> None:
    """Steps, gaps, end and numbers are those of the logs a year before."""
    stories = [
        trace("757249540002", write_worker(tmp_path / name / "worker1", list_pushes(shift_s), shift_s=shift_s)).story
        for name, shift_s in (("a", 0.0), ("b", 31_536_000.0))
    ]
    one, other = stories
    assert one is not None
    assert other is not None
    assert one.numbers == other.numbers
    assert [(hop.role, hop.after_ms, hop.link) for hop in one.hops] == [
        (hop.role, hop.after_ms, hop.link) for hop in other.hops
    ]
    assert other.hops[0].time - one.hops[0].time == timedelta(days=365)


def test_a_push_that_arrived_before_its_connection_closed_did_not_see_it_live_on(tmp_path: Path) -> None:
    """The client's own disconnect() lets its buffers drain; the story names the close all the same."""
    pushes = list_pushes()
    pushes[2:4] = [
        pushed(49.95, "Pushing data sync to Master", "debug"),
        pushed(49.96, "Data sync pushed successfully"),
    ]
    folder = write_worker(tmp_path / "worker1", pushes)
    log = folder / "socket-client.log"
    log.write_text(log.read_text("utf-8").replace("transport close", "io client disconnect"), "utf-8")
    story = trace("757249540002", folder).story
    assert story is not None
    assert (story.subject.end, story.subject.why) == (JourneyEnd.DELIVERED, "arrived-then-dropped")
    assert story.numbers["lead_ms"] == 50.0
