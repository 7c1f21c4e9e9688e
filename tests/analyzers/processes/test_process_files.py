"""Which files of a folder are known to be of the process that tells of its connections."""

from __future__ import annotations

from collections.abc import Iterable

from logdiag.analyzers.processes.process_files import Kinship, WrittenFile, find_kinship

PYTHON = "text: time level name: message"


def _file(
    service: str,
    form: str = PYTHON,
    *,
    tells: bool = False,
    loggers: Iterable[str] = (),
    writers: Iterable[str] = (),
    says: Iterable[str] = ("ran",),
    is_copy: bool = False,
    is_captured: bool = False,
) -> WrittenFile:
    file = WrittenFile(
        service, "logs", service, form, is_captured, is_copy, tells, loggers=set(loggers), writers=set(writers)
    )
    for wording in says:
        file.note(wording, None)
    return file


def _judge(beside: WrittenFile, teller: WrittenFile | None = None) -> str:
    """What is said of a file beside the one of a server."""
    apart, doubtful = find_kinship([teller or _file("api", tells=True, loggers=("app.events",)), beside])
    return "apart" if beside.path in apart else "doubtful" if beside.path in doubtful else "known"


def test_what_names_no_process_may_be_of_any() -> None:
    """A log of requests may be the server's own or a proxy's, and a second logger's another program's."""
    assert _judge(_file("access", "combined")) == "doubtful"
    assert _judge(_file("tasks", loggers=("app.tasks",))) == "doubtful"


def test_one_file_a_service_is_one_process() -> None:
    """Files of one form, each named after the one service that writes it, are as winston writes them."""
    teller = _file("socket-server", "winston", tells=True, loggers=("socket-server",))
    assert _judge(_file("heartbeat", "winston", loggers=("heartbeat",)), teller) == "known"
    assert _judge(_file("heartbeat", "winston", loggers=("beats",)), teller) == "doubtful"
    assert _judge(_file("socket-server-error", "winston", is_copy=True), teller) == "known"


def test_lines_that_name_one_process_are_of_one() -> None:
    """Equal process ids join what is laid out differently, different ones part what is laid out alike."""
    teller = _file("api", tells=True, writers=("311",))
    assert _judge(_file("access", "combined", writers=("311",)), teller) == "known"
    assert _judge(_file("tasks", writers=("312",)), teller) == "apart"


def test_databases_queues_and_containers_are_programs_of_their_own() -> None:
    """Their words, or the runtime that captured them, part them from a server whose lines are laid out alike."""
    teller = _file("server", tells=True)
    redis = ("Background saving started by pid <n>", "DB saved on disk", "Background saving terminated with success")
    assert _judge(_file("redis", says=redis), teller) == "apart"
    assert _judge(_file("other", says=(*redis[:1], "a", "b")), teller) == "doubtful"
    assert _judge(_file("matchmaker", "timestamps generic", is_captured=True), teller) == "apart"


def test_a_folder_that_tells_of_no_connection_stays_whole() -> None:
    """Without a file that tells of connections there is none to be apart from."""
    assert find_kinship([_file("one"), _file("two", "other")]) == Kinship()
