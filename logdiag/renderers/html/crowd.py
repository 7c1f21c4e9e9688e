"""What stands in the place of a table of disconnects that nobody could read: its sums by connection."""

from __future__ import annotations

from logdiag.renderers.document import Inline, Paragraph, Section, Table, code, plain
from logdiag.renderers.html.drops import MOST_LISTED
from logdiag.renderers.sections.material import NAME_LENGTH, Material, clip
from logdiag.results.connections import Connection

CONNECTIONS_SHOWN = 100  # of those with most disconnects: one page of a long list


def build_crowd(material: Material) -> Section:
    """Sum the disconnects up by connection, those with most first, and name the CSV that holds each."""
    phrases, diagnosis = material.phrases, material.diagnosis
    ordered = sorted(diagnosis.connections, key=lambda item: (-item.disconnects_count, item.id))
    drops_count = len(diagnosis.disconnects)
    names = ("connection", "count", "availability", "session", "reason")
    return Section(
        "crowd",
        phrases.text("html.drops"),
        (
            Paragraph(phrases.inline("html.crowd", disconnects_count=drops_count, limit_count=MOST_LISTED)),
            Table(
                tuple(phrases.text(f"html.column.{name}") for name in names),
                tuple(_row(material, item) for item in ordered[:CONNECTIONS_SHOWN]),
                numeric=frozenset({1, 2, 3}),
            ),
        ),
    )


def _row(material: Material, item: Connection) -> tuple[Inline, ...]:
    formats = material.phrases.formats
    known, median = item.availability_ratio, item.median_session_s
    reason = max(item.reasons, key=lambda name: item.reasons[name], default="")
    return (
        code(clip(item.id, NAME_LENGTH)),
        plain(formats.number(item.disconnects_count)),
        plain("" if known is None else formats.share(known)),
        plain("" if median is None else formats.seconds(median)),
        code(clip(reason, NAME_LENGTH)),
    )
