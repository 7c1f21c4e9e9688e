"""Settings that the logs tell."""

from __future__ import annotations

import pytest

from logdiag.analyzers.settings import find_logged_settings
from logdiag.events import EventKind
from logdiag.request import StatedSettings
from tests.analyzers.cases import SERVER, connected, event, timeline


@pytest.mark.parametrize(
    ("intervals_ms", "expected_s"), [((25_000.0, 25_000.0), 25.0), ((25_000.0, 10_000.0), None), ((), None)]
)
def test_a_setting_is_known_where_all_lines_agree(intervals_ms: tuple[float, ...], expected_s: float | None) -> None:
    """Where servers differ there is no one value; what they do agree on stays known, in seconds and bytes."""
    told = [("pingInterval", value) for value in intervals_ms]
    told += [("pingTimeout", 20_000.0), ("maxHttpBufferSize", 1e6), ("maxHttpBufferSize", 0.0)]
    lines = [
        event(float(second), EventKind.SETTING, SERVER, channel=name, value=value)
        for second, (name, value) in enumerate(told)
    ]
    assert find_logged_settings(timeline(*lines)) == StatedSettings(expected_s, 20.0, 1_000_000)


def test_the_handshake_that_a_client_logs_tells_settings() -> None:
    """python-engineio writes it beside the connect."""
    said = "WebSocket connection accepted with {'sid': 'a', 'pingTimeout': 20000, 'pingInterval': 25000}"
    assert find_logged_settings(timeline(connected(0.0, message=said))) == StatedSettings(25.0, 20.0, None)
