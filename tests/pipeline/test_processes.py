"""What is known of each process around the disconnects: when it wrote, and who connected to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from logdiag.pipeline.stages import Request, diagnose
from tests.winston import at, record, stamp, write

END_S = 3600
COPIED_S = 1800
LIFE_S = 97.0


def _write_incident(folder: Path, server_end_s: float) -> None:
    """A client that is dropped after each 97 s and returns within one; the server writes on a beat of 5 s."""
    opened = [second + 1.0 for second in range(0, END_S, 98)]
    client, server = [], [(float(second), "Health check ok") for second in range(0, END_S, 5)]
    for number, start in enumerate(opened):
        socket_id = f"{number:016d}AAAB"
        client += [
            (start + 0.01, f"Connected to master (socket ID: {socket_id})"),
            (start + LIFE_S, "Disconnected from master: transport close"),
        ]
        server += [
            (start, f"Worker connected: {socket_id}"),
            (start + LIFE_S, f"Worker disconnected: {socket_id}, reason: transport close"),
        ]
    client += [(second + 0.4, "Task done") for second in range(0, END_S, 7)]
    for name, lines, end_s in (("master/server", server, server_end_s), ("worker1/socket-client", client, END_S)):
        kept = sorted(line for line in lines if line[0] <= end_s)
        write(folder / f"{name}.log", (record(at(second), message) for second, message in kept))


@pytest.mark.parametrize("server_end_s", [END_S, COPIED_S], ids=["whole", "copied-earlier"])
def test_log_that_was_copied_earlier_tells_of_no_freeze(tmp_path: Path, server_end_s: float) -> None:
    """Where clients connect after the last line of the server, its log was copied earlier: nothing stood still."""
    _write_incident(tmp_path, server_end_s)
    diagnosis = diagnose(Request((str(tmp_path),))).diagnosis
    assert not [silence for silence in diagnosis.silences if silence.whole_process]
    assert "event-loop-blocked" not in [cause.id for cause in diagnosis.causes if cause.confidence >= 0.5]


@pytest.mark.parametrize(("stands_still", "asserted"), [(True, ["event-loop-blocked"]), (False, [])])
def test_each_of_several_clients_of_one_folder_is_a_process(
    tmp_path: Path, *, stands_still: bool, asserted: list[str]
) -> None:
    """One of three stands still for 70 s, says that its work is done, and a second later that the hub closed it.

    The hub had said so half a minute before, by a short id in hexadecimal; the others in the folder write on.
    """
    ends_s, hub = [900.0 * number + 300.3 for number in range(1, 7)], []
    for number, name in enumerate(("agent-01", "agent-02", "agent-03")):
        own = [(float(second), "Log chunk uploaded") for second in np.random.default_rng(number).uniform(5, 6300, 2000)]
        opens_s = [9.0 * number + 1.0]
        if name == "agent-03":
            for end_s in ends_s:
                own = [line for line in own if not (stands_still and end_s - 70.3 < line[0] < end_s)]
                own += [(end_s - 1.0, "Step finished")] if stands_still else []
                own.append((end_s, "Connection closed: The server closed the connection with an error."))
                opens_s.append(end_s + 2.0)
        own += [(second, "Connected to hub https://forge.example/agents") for second in opens_s]
        for place, second in enumerate(opens_s):
            mark = f"{number}a4186d{place:x}a6"
            hub.append((second - 0.2, f"Agent {name} connected, connection {mark}"))
            if place < len(opens_s) - 1:
                said = "Client hasn't sent a message/ping within the configured ClientTimeoutInterval (00:00:30)"
                hub.append((ends_s[place] - 35.0, f"Agent {name} disconnected, connection {mark}: {said}"))
        _write_plain(tmp_path / "agents" / f"{name}.log", own)
    hub += [(float(second), "Job moved on") for second in range(3, 6300, 11)]
    _write_plain(tmp_path / "hub.log", hub)
    diagnosis = diagnose(Request((str(tmp_path),))).diagnosis
    assert [drop.server_reason for drop in diagnosis.disconnects] == ["ping timeout"] * 6
    assert [cause.id for cause in diagnosis.asserted if cause.id != "heartbeat-timeout"] == asserted


def _write_plain(path: Path, lines: list[tuple[float, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{stamp(at(second))} INFO {message}\n" for second, message in sorted(lines)), "utf-8")
