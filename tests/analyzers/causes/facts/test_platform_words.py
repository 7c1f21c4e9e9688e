"""Whose process a platform says has ended at a disconnect, unless that process tells of it and lived."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from logdiag.analyzers.causes.facts.platform_words import PlatformWords, find_platform_words
from logdiag.analyzers.causes.own_words import Said
from logdiag.events import EventKind
from logdiag.results.evidence import Evidence
from tests.analyzers.cases import SERVER, connected, drop_of, event, session, timeline
from tests.analyzers.causes.facts.inputs import know

NODE = "node/kubelet.log"
LINE = Said("exit code 1", Evidence(NODE, 1))


def _find(
    unit: str, second: float = 31.0, reason: str | None = None, logged: bool = True, **drop: Any
) -> PlatformWords:
    """One end at 30 s of a session of worker1's in logs of an hour, and one line of the platform about a unit."""
    one = replace(session(30.0, reason=reason), logged=logged)
    frame = timeline(
        connected(0.0),
        event(0.0, EventKind.SERVER_CONNECTED, SERVER),
        event(second, EventKind.PLATFORM_EXIT, NODE, channel=unit, reason="exit code 1"),
        connected(3600.0),
    )
    (found,) = find_platform_words(*know(frame, [one], drops=[drop_of(one, **drop)]))
    return found


def test_the_exit_of_the_client_is_the_clients_and_that_of_the_server_the_servers() -> None:
    """By the folder, the file or the service in which each of them speaks; a unit of neither says nothing."""
    assert _find("worker1") == PlatformWords(LINE, None)
    assert _find("socket-client") == PlatformWords(LINE, None)
    assert _find("master") == PlatformWords(None, LINE)
    assert _find("redis") == PlatformWords(None, None)
    assert _find("worker1", second=40.0) == PlatformWords(None, None)


@pytest.mark.parametrize(
    ("reason", "logged", "is_told"),
    [("transport close", True, False), ("io client disconnect", True, True), (None, True, True), (None, False, True)],
)
def test_a_client_that_says_that_it_was_cut_lived(reason: str | None, logged: bool, is_told: bool) -> None:
    """Who dies of that ends because of the disconnect; what one says that is being stopped is no cut."""
    assert (_find("worker1", reason=reason, logged=logged).client_exit is not None) is is_told


def test_a_server_that_tells_of_the_end_was_not_killed() -> None:
    """One that is killed tells nothing."""
    assert _find("master", server_evidence=Evidence(SERVER, 3)).server_exit is None
    assert _find("master").server_exit == LINE


@pytest.mark.parametrize(
    ("restarted", "logged", "is_told"), [(True, False, True), (False, False, False), (True, True, False)]
)
def test_a_victim_of_the_kernel_is_whoever_starts_anew_then(restarted: bool, logged: bool, is_told: bool) -> None:
    """The kernel names the program (`node`), which is no name of a process of the incident; who was cut lived."""
    killed = "memory cgroup out of memory: killed process"
    one = replace(session(30.0, reason="transport close" if logged else None), logged=logged, restarted=restarted)
    frame = timeline(
        connected(0.0),
        event(30.2, EventKind.PLATFORM_EXIT, NODE, channel="node", reason=killed),
        connected(3600.0),
    )
    (found,) = find_platform_words(*know(frame, [one], drops=[drop_of(one)]))
    assert found == PlatformWords(Said(killed, Evidence(NODE, 1)) if is_told else None, None)


def test_without_lines_of_a_platform_nothing_is_told_of_any_end() -> None:
    """One answer for each end."""
    known = know(timeline(connected(0.0)), [session(30.0), session(60.0)])
    assert find_platform_words(*known) == [PlatformWords(None, None)] * 2
