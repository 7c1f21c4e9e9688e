"""Whole seconds among finer stamps stand where they stand in the file."""

from __future__ import annotations

from pathlib import Path

from tests.exported import diagnose


def _tell(verb: str, clock: str) -> list[str]:
    """What Rails writes of four clients, a second or less apart; `clock` holds a place for their number."""
    return [
        f"I, [2024-11-20T13:{clock.format(number)}412 #18]  INFO -- : {verb} [WebSocket] for 10.0.0.{number}"
        f" at 2024-11-20 13:{clock.format(number)[:5]} +0000"
        for number in range(4)
    ]


def test_a_banner_in_whole_seconds_follows_the_ends_above_it(tmp_path: Path) -> None:
    """Puma's banner and its start, without a stamp, stand below the ends of that second: each end has its line."""
    banner = ["=== puma shutdown: 2024-11-20 13:31:02 +0000 ===", "- Goodbye!", "Puma starting in single mode..."]
    started, back = (_tell('Started GET "/cable"', clock) for clock in ("29:0{}.000", "31:2{}.000"))
    lines = [*started, *_tell('Finished "/cable"', "31:02.90{}"), *banner, *back]
    (tmp_path / "production.log").write_text("".join(f"{line}\n" for line in lines))
    drops = diagnose(tmp_path).disconnects
    assert [f"{drop.time:%S.%f}" for drop in drops] == [f"02.90{number}412" for number in range(4)]
