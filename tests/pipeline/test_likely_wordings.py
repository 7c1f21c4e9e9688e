"""What is offered as words for a connection, where none was understood."""

from __future__ import annotations

from pathlib import Path

from logdiag.pipeline.stages import diagnose
from logdiag.request import Request
from tests.foreign_apps import Row, write_winston


def test_errors_that_speak_of_no_connection_are_not_offered(tmp_path: Path) -> None:
    """A login that failed, an order, a pool of a database, a page's token are none; a lost link may be."""
    says = (
        "Login failed for username",
        "Order refused by shop",
        "HikariPool - Added connection",
        "Antiforgery token cookie will expire on key rotation; using default lifetime",
        "Uplink lost its peer",
    )
    rows: list[Row] = [
        (float(index), {"message": says[index % len(says)], "level": "error", "service": "app"}) for index in range(50)
    ]
    write_winston(tmp_path / "app.log", rows)
    findings = diagnose(Request((str(tmp_path),))).diagnosis.findings
    offered = " ".join(str(finding) for finding in findings if finding.id == "likely-wordings")
    assert "Uplink lost its peer" in offered
    assert not any(word in offered for word in ("Login", "Order", "Hikari", "cookie"))
