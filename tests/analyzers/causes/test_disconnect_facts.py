"""What is asked of the facts of one disconnect."""

from __future__ import annotations

from dataclasses import replace

from tests.analyzers.cases import facts_of
from tests.folding import each


@each(
    ("error", "code", "reason", "refuses"),
    [
        ("sent 1009 (message too big)", "1009", None, True),
        ("sent 1001 (going away)", "1001", None, False),
        (None, "1009", "The decoded text message was too big for the output buffer", True),
        (None, "1009", "message too big", False),
    ],
)
def test_a_client_refuses_what_it_receives(error: str | None, code: str, reason: str | None, refuses: bool) -> None:
    """It sent 1009 itself, or speaks as what decodes messages; a bare code may be the server's."""
    (fact,) = facts_of(1)
    fact = replace(
        fact,
        drop=replace(fact.drop, reason=reason),
        session=replace(fact.session, error=error, code=code),
        too_large=fact.drop.evidence,
        push=None,
    )
    assert fact.refuses_received is refuses
