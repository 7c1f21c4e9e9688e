"""Names that nothing has: what was perhaps meant, and what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from logdiag.cli.misses import NAMED, find_near, list_misses
from logdiag.cli.usage import find_sentence
from tests.cli.conftest import Run
from tests.folders import SAMPLES
from tests.folding import each

REFERENCE = str(SAMPLES / "2025-11-14-reference")


@each(
    ("asked", "told"),
    [
        (["worker-1"], []),
        (["WORKER-1"], ["did you mean worker-1? There are [1], master, worker-1"]),
        (["wroker-1"], ["did you mean worker-1? There are"]),
        (["zz"], ["there are [1], master, worker-1"]),
        (["work*", "m*r"], []),
        (["[1]"], []),
        (["q*", "master"], ["--side q*: nothing in these logs has this name; there are"]),
    ],
)
def test_a_name_that_nothing_has_is_told_with_those_there_are(asked: list[str], told: list[str]) -> None:
    """Names and patterns that fit are passed over, also a name that reads like a pattern."""
    missed = [str(one) for one in list_misses("--side", asked, ["worker-1", "master", "[1]"])]
    assert len(missed) == len(told)
    assert all(part in whole for part, whole in zip(told, missed, strict=True))


def test_many_names_are_counted() -> None:
    """A fleet is not listed to the end."""
    (one,) = list_misses("--connection", ["x"], [f"pod-{number:02}" for number in range(NAMED + 3)])
    assert str(one).endswith("pod-11, 3 more")


def test_without_names_none_is_suggested() -> None:
    """There may be nothing to choose from."""
    assert [str(one) for one in list_misses("--side", ["x"], [])] == ["--side x: nothing in these logs has a name"]
    assert find_near("x", []) == ()


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["timeline", "--service", "socket-clien"], "--service socket-clien: nothing in these logs has this name; did"),
        (["timeline", "--connection", "x"], "--connection x: nothing in these logs has this name; there are 2025-"),
        (["diagnose", "--side", "x=client"], "--side x: nothing in these logs has this name; there are 2025-"),
        (["diagnose", "--client-key", "userid"], "--client-key userid: no connection goes by this key; did you mean"),
        (["diagnose", "--client-key", "qqq"], "these are looked for: workerId, "),
    ],
)
def test_commands_tell_of_names_that_nothing_has(args: list[str], told: str, run: Run) -> None:
    """On standard error, beside the result, which it leaves as it is; not with --quiet."""
    finished = run(args[0], REFERENCE, *args[1:])
    assert finished.code == 0
    assert told in finished.stderr
    assert told not in run(args[0], REFERENCE, *args[1:], "--quiet").stderr


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["trace", "75724954273", REFERENCE], None),  # a part of an id is understood
        (["trace", "757249542743", REFERENCE], "757249542743: no line has this text; did you mean 757249542734?"),
        (["trace", "quite-another", REFERENCE], None),
        (["suspect", "sokcet-client", REFERENCE], "no line has this text; did you mean socket-client?"),
        (["suspect", "Disconected from mastr", REFERENCE], "did you mean Disconnected from master"),
        (["verify", REFERENCE, REFERENCE, "--side", "socket-clien=client"], "--side socket-clien: nothing in these"),
        (["verify", REFERENCE, REFERENCE, "--client-key", "userid"], "--client-key userid: no connection goes by this"),
        (["watch", REFERENCE, "--for", "1ms", "--side", "x=client"], "--side x: nothing in these logs has this name"),
    ],
)
def test_answers_tell_of_near_misses(args: list[str], told: str | None, run: Run) -> None:
    """On standard error, where something is near; not with --quiet."""
    said = run(*args).stderr
    assert ("did you mean" not in said) if told is None else (told in said)
    assert "did you mean" not in run(*args, "--quiet").stderr


@pytest.mark.parametrize(
    "args",
    [
        ["timeline", "--service", "socket-*", "--kind", "receipt"],
        ["diagnose", "--side", "socket-client=client"],
        ["diagnose", "--side", "data-pusher=client"],
    ],
)
def test_names_that_there_are_are_not_told(args: list[str], run: Run) -> None:
    """A filter by something else that lets nothing pass, or a service that tells of no connection, is no wrong name."""
    assert "has this name" not in run(args[0], REFERENCE, *args[1:]).stderr


def test_a_client_key_that_names_clients_is_not_told(run: Run, tmp_path: Path) -> None:
    """Where it is at work, nothing is said."""
    lines = (
        f'{{"timestamp":"2025-11-14T16:0{number}:0{second}Z","level":"info","seat":"s{number}","socketId":"abc{number}",'
        f'"message":"Client {word}: abc{number}"}}\n'
        for number in range(4)
        for second, word in ((1, "connected"), (9, "disconnected"))
    )
    (tmp_path / "server.log").write_text("".join(lines), encoding="utf-8")
    assert "--client-key" not in run("diagnose", str(tmp_path), "--client-key", "seat").stderr
    assert "--client-key saet" in run("diagnose", str(tmp_path), "--client-key", "saet").stderr


@pytest.mark.parametrize(("asked", "told"), [("eror", "; did you mean error?"), ("qq", "'warning', 'error'.")])
def test_a_wrong_choice_leads_to_the_right_one(asked: str, told: str) -> None:
    """Where one is near; otherwise the list is all there is to say."""
    said = f"Invalid value for '--fail-on': Value error, '{asked}' is not one of 'info', 'warning', 'error'."
    assert str(find_sentence(said)).endswith(told)
