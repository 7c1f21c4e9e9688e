"""What stands before the message of a text line."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.merging.query import Query, open_chronicle
from logdiag.parsers.forms.forms import read_alone
from logdiag.parsers.forms.header_search import find_header
from logdiag.parsers.forms.headers import choose_name, read_head
from tests.folding import each

SAID = "Connected to master"

SHOWN = '{}Try to send message: {{"data":{{"date":"2019-08-07 09:35:{:02}.492","value":7}}}}'


def test_a_date_in_what_some_lines_show_is_not_the_time_of_the_log() -> None:
    """Nine lines in ten have no stamp: to read the tenth alone would lose what they tell."""
    lines = ["client connected", "Connection closed 1006", "waiting"] * 9 + [SHOWN.format("", at) for at in range(9)]
    assert find_header(lines) is None


def test_the_stamp_before_such_a_date_is_the_time_of_the_line() -> None:
    """Wherever else a line has dates."""
    lines = [SHOWN.format(f"2019-08-07 10:00:{at:02} ", at) for at in range(9)]
    header = find_header(lines)
    assert header is not None
    head = header.read(lines[0])
    assert head is not None
    assert head.stamps == ("2019-08-07 10:00:00",)


def test_the_frame_of_a_window_is_no_part_of_a_line() -> None:
    """As k9s shows logs, and as they are copied from there."""
    (record,) = read_alone(f"│ 2025-11-14 16:25:52.756 INFO  com.foo.Bar - {SAID}          │")
    assert (record.level, record.service, record.message) == ("info", "com.foo.Bar", SAID)


# form of the header, line, its stamp, level and name; every line says SAID
LAYOUTS = [
    ("winston printf", "2025-11-14 16:25:52.756 [hub] info: {}", "2025-11-14 16:25:52.756", "info", "hub"),
    ("winston simple", "2025-11-14T16:25:52.756Z info: {}", "2025-11-14T16:25:52.756Z", "info", None),
    ("level first", "info: 2025-11-14 16:25:52 {}", "2025-11-14 16:25:52", "info", None),
    ("log4js", "[2025-11-14T16:25:52.756] [INFO] hub - {}", "2025-11-14T16:25:52.756", "INFO", "hub"),
    ("log4js of http", "[2025-11-14T16:25:52.756] [WARN] http - {}", "2025-11-14T16:25:52.756", "WARN", "http"),
    ("python", "2025-11-14 16:25:52,756 - sio.client - INFO - {}", "2025-11-14 16:25:52,756", "INFO", "sio.client"),
    ("python bare", "2025-11-14 16:25:52,756 sio INFO {}", "2025-11-14 16:25:52,756", "INFO", "sio"),
    ("nest", "[Nest] 12  - 11/14/2025, 4:25:52 PM     LOG [Gate] {}", "11/14/2025, 4:25:52 PM", "LOG", "Gate"),
    ("spring", "2025-11-14 16:25:52.756  INFO 1 --- [nio-1-exec-1] c.e.Hub  : {}", "2025-11-14 16:25:52.756", "INFO",
     "c.e.Hub"),
    ("logback", "16:25:52.756 [main] INFO  com.foo.Bar - {}", "16:25:52.756", "INFO", "com.foo.Bar"),
    ("serilog", "2025-11-14 16:25:52.756 +00:00 [INF] {}", "2025-11-14 16:25:52.756 +00:00", "INF", None),
    ("ruby", "I, [2025-11-14T16:25:52.756123 #12]  INFO -- : {}", "2025-11-14T16:25:52.756123", "INFO", None),
    ("go", "2025/11/14 16:25:52 {}", "2025/11/14 16:25:52", None, None),
    ("nginx", "2025/11/14 16:25:52 [error] 12#12: *34 {}", "2025/11/14 16:25:52", "error", None),
    ("zap", "2025-11-14T16:25:52.756Z\tinfo\tgate/hub.go:42\t{}", "2025-11-14T16:25:52.756Z", "info", "gate/hub.go:42"),
    ("klog", "I1114 16:25:52.756123   17 hub.go:42] {}", "1114 16:25:52.756123", "I", "hub.go:42"),
    ("log15", "INFO [11-14|16:25:52] {}", "11-14|16:25:52", "INFO", None),
    ("tornado", "[I 251114 16:25:52 web:22] {}", "251114 16:25:52", "I", "web:22"),
    ("debug", "2025-11-14T16:25:52.756Z engine:socket {}", "2025-11-14T16:25:52.756Z", None, "engine:socket"),
    ("monolog", "[2025-11-14 16:25:52] prod.ERROR: {}", "2025-11-14 16:25:52", "ERROR", "prod"),
    ("catalina", "14-Nov-2025 16:25:52.756 INFO [main] {}", "14-Nov-2025 16:25:52.756", "INFO", None),
    ("stern", "worker-7d9f app 2025-11-14T16:25:52.756Z info: {}", "2025-11-14T16:25:52.756Z", "info", "app"),
    ("kubectl", "[pod/w-7d9f/app] 2025-11-14 16:25:52 INFO {}", "2025-11-14 16:25:52", "INFO", "pod/w-7d9f/app"),
    ("pm2", "0|worker  | 2025-11-14 16:25:52: {}", "2025-11-14 16:25:52", None, "0|worker"),
    ("pm2 zone", "0|hub  | 2025-11-14 16:25:52 +02:00: {}", "2025-11-14 16:25:52 +02:00", None, "0|hub"),
    ("pm2 zone glued", "2025-11-14 16:25:52+02:00: {}", "2025-11-14 16:25:52+02:00", None, None),
    ("pm2 zone without colon", "2025-11-14 16:25:52.756 +0200: {}", "2025-11-14 16:25:52.756 +0200", None, None),
    ("pm2 of minutes", "[pm2] 2025-11-14 16:25 +02:00: {}", "2025-11-14 16:25 +02:00", None, "pm2"),
    ("loguru", "2025-11-14 16:25:52.756 | INFO     | app.hub:join:42 - {}", "2025-11-14 16:25:52.756", "INFO",
     "app.hub"),
    ("home assistant", "2025-11-14 16:25:52.756 ERROR (MainThread) [hub.link] {}", "2025-11-14 16:25:52.756", "ERROR",
     "hub.link"),
    ("python 3.10", "2025-11-14 16:25:52.756 ERROR (Thread-14 (_run_safe)) [websocket] {}", "2025-11-14 16:25:52.756",
     "ERROR", "websocket"),
    ("python 3.10 alone", "2025-11-14 16:25:52,756 [Thread-3 (run)] INFO {}", "2025-11-14 16:25:52,756", "INFO", None),
    ("class, method, line", "2025-11-14 16:25:52.756 [17] -:#0 - {}", "2025-11-14 16:25:52.756", None, None),
]  # fmt: skip


@each(("line", "stamp", "level", "name"), [row[1:] for row in LAYOUTS], ids=[row[0] for row in LAYOUTS])
def test_columns_are_taken_off(line: str, stamp: str, level: str | None, name: str | None) -> None:
    """What is left is the message, in a file of nothing but such lines."""
    whole = line.format(SAID)
    header = find_header([whole] * 5)
    assert header is not None
    found = header.read(whole)
    assert found is not None
    assert (found.stamps[-1], found.level, found.name, found.message) == (stamp, level, name, SAID)


@pytest.mark.parametrize(
    "line",
    [
        (
            "2022-10-05 18:30:46.000  INFO 361 --- [ntainer#0-0-C-1] org.apache.kafka.clients.NetworkClient   : "
            "[Consumer clientId=c1-0, groupId=default] Node {} disconnected."
        ),
        (
            "2022-10-05 18:30:46,000 INFO  [kafka-producer-network-thread | producer-1] "
            "org.apache.kafka.clients.NetworkClient: [Producer clientId=producer-1] Node {} disconnected."
        ),
    ],
)
def test_a_class_in_its_package_is_who_speaks(line: str, tmp_path: Path) -> None:
    """What stands in brackets behind a Java logger is no service: a client of Kafka logs no end of a socket of ours."""
    lines = [line.format(node) for node in (-1, 2147483647, 3, 1, 2)]
    header = find_header(lines)
    assert header is not None
    heads = [header.read(one) for one in lines]
    assert {head and head.name for head in heads} == {"org.apache.kafka.clients.NetworkClient"}
    (tmp_path / "consumer.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with open_chronicle(Query(paths=(str(tmp_path),))) as told:
        assert [entry.kind for entry in told.entries] == [None] * 5


AT = "2025-11-14 16:25:{second:02d},756"


def write_lines(form: str, count: int = 12) -> list[str]:
    """So many lines of one form, a second apart."""
    return [form.format(at=AT.format(second=second % 60)) for second in range(count)]


@pytest.mark.parametrize(
    "said",
    [
        "link - Timestamp: 2025-11-14 10:00:00+02:00, Socket disconnected",
        "DEBUG hub 2025-11-14 10:00:00 Socket disconnected",
        'link - DEBUG - {{"timestamp": "2025-11-14T10:00:00.000Z", "message": "Socket disconnected"}}',
    ],
)
def test_the_first_stamp_of_a_line_is_its_own(said: str, tmp_path: Path) -> None:
    """One behind a level, or behind the name of a value, or in an object, is what the message speaks of."""
    lines = write_lines("{at} - " + said, 2)
    (tmp_path / "a.log").write_text("\n".join(lines) + "\n")
    with open_chronicle(Query((str(tmp_path),))) as chronicle:
        entries = list(chronicle.entries)
    assert [entry.time.hour for entry in entries] == [16, 16]


@pytest.mark.parametrize("count", [30, 600])
def test_a_file_may_change_its_form(count: int, tmp_path: Path) -> None:
    """The lines of each form are read by it, be the second one at the head of the file or far behind it."""
    lines = write_lines("[{at}] [INFO    ] chat.gate: Connected to master", count)
    lines += write_lines("{at} - chat.gate - INFO - Connected to master", count)
    (tmp_path / "a.log").write_text("\n".join(lines) + "\n")
    with open_chronicle(Query((str(tmp_path),))) as chronicle:
        entries = list(chronicle.entries)
    assert {(entry.service, entry.message) for entry in entries} == {("chat.gate", SAID)}
    assert len(entries) == len(lines)


@each(
    "line",
    [
        "timestamp: '2025-11-14T16:25:52.756Z',",
        "created_at: 2025-11-14T16:25:52.756Z,",
        "'2025-11-14T16:25:52.756Z',",
        "room_id: 1763137552756,",
        "id: 1763137552756, name: 'till-7'",
        "[chat] seen: 1763137552756 }",
        "player 1763137552756 connected",
        "Client connected: 1763137552756",
        "Last-Modified: Fri, 14 Nov 2025 16:25:52 GMT",
        "Session began at: 2025-11-14 16:25:52",
    ],
)
def test_the_value_of_a_field_is_no_stamp(line: str) -> None:
    """What an object that is shown holds, a header of HTTP and an id tell nothing of when the line was written."""
    assert read_head(line) is None


@each(
    "line",
    [
        "worker-1: 1763137552.756 gone",
        "web-1 api 2025-11-14T16:25:52.756Z gone",
        "app[web.1]: 2025-11-14 16:25:52 gone",
        "timestamp: 2025-11-14T16:25:52.756Z level: info gone",
        "time: '2025-11-14 16:25:52', level: 'info', message: 'gone'",
        "web_1  | 1763137552.756 gone",
        "INFO 1763137552.756 gone",
    ],
)
def test_a_stamp_behind_the_name_of_its_writer_is_the_lines_own(line: str) -> None:
    """So is one behind a key where the rest of the record follows in the same line."""
    found = read_head(line)
    assert found is not None
    assert "gone" in found.message


def test_an_address_begins_with_no_level() -> None:
    """Gunicorn's `Listening at: http://…` is a message as a whole: no logger "at", no level "http"."""
    found = read_head("[2025-11-14 16:25:52 +0000] [812] [INFO] Listening at: http://0.0.0.0:5000 (812)")
    assert found is not None
    assert (found.name, found.level, found.message) == (None, "INFO", "Listening at: http://0.0.0.0:5000 (812)")


def test_an_error_behind_a_name_that_ends_in_the_level_is_the_message() -> None:
    """`Zigbee2MQTT:error <stamp>: MQTT error: …` has told its level before the stamp."""
    found = read_head("Zigbee2MQTT:error 2023-06-07 19:16:20: MQTT error: connect ECONNREFUSED 192.168.2.1:1883")
    assert found is not None
    assert found.message == "MQTT error: connect ECONNREFUSED 192.168.2.1:1883"


@pytest.mark.parametrize("mark", ["W0mUhxxE", "F5FlXM_8", "I3", "E2024"])
def test_an_id_begins_with_no_level(mark: str) -> None:
    """Of `left: W0mUhxxE` the `W` is no level as glog writes one: no date follows it."""
    found = read_head(f"2025-11-14 16:25:52.756 left: {mark} again")
    assert found is not None
    assert (found.level, found.message) == (None, f"left: {mark} again")


def test_the_role_of_a_redis_process_names_the_product() -> None:
    """`1:M` is a master with the process id 1; a service called so would be nothing that anybody knows."""
    assert [choose_name((name,)) for name in ("1:M", "712:S", "9:C", "4:X")] == ["redis"] * 4
    assert choose_name(("1:A",)) != "redis"
