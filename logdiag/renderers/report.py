"""The report as a document of no format: which sections, in which order.

The order is that of the incident document that started the project, so that a reader finds everything where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from logdiag.renderers.document import (
    Block,
    Bullets,
    Document,
    Inline,
    Paragraph,
    Section,
    Span,
    Style,
    Subheading,
)
from logdiag.renderers.extents import Extent
from logdiag.renderers.phrases import Phrases
from logdiag.renderers.sections.analysis import build_analysis
from logdiag.renderers.sections.causes import build_causes, build_questions
from logdiag.renderers.sections.footer import build_footer
from logdiag.renderers.sections.headline import build_headline
from logdiag.renderers.sections.hints import build_hints
from logdiag.renderers.sections.incident import build_evidence, build_timeline
from logdiag.renderers.sections.material import Material
from logdiag.renderers.sections.pattern import build_pattern
from logdiag.renderers.sections.remedies import build_actions, build_order, build_remedies
from logdiag.renderers.sections.summary import build_brief, build_summary
from logdiag.renderers.sections.symptoms import build_root_cause, build_symptoms
from logdiag.results.diagnosis import Diagnosis
from logdiag.verdict import Verdict

# What there is to say where nothing went wrong, or nothing was seen.
SHORT_SECTIONS: Final = frozenset({build_summary, build_symptoms, build_analysis, build_actions, build_footer})
SECTIONS: Final[tuple[Callable[[Material], Section], ...]] = (
    build_summary,
    build_symptoms,
    build_root_cause,
    build_timeline,
    build_evidence,
    build_pattern,
    build_analysis,
    build_causes,
    build_questions,
    build_remedies,
    build_order,
    build_actions,
    build_footer,
    build_hints,
)


def build_report(
    diagnosis: Diagnosis,
    *,
    version: str,
    language: str = "en",
    extent: Extent = Extent.WHOLE,
    is_compact: bool = False,
) -> Document:
    """Write the report once, or as much of it as is asked for; every format is a view of what this returns.

    For a screen it is compact: nothing stands twice, and what another command tells in full is left to that command.
    """
    inputs = diagnosis.inputs
    phrases = Phrases(language, inputs.display_zone, has_dates=inputs.has_dates, voices=diagnosis.voices)
    material = Material(diagnosis, phrases, version, is_compact=is_compact)
    sections = tuple(build(material) for build in _choose_sections(diagnosis, extent))
    sections = tuple(section for section in sections if section.blocks)
    if is_compact:
        sections = tuple(_run_in(section, phrases.mark("run_in")) for section in sections)
    return Document(material.title("report"), build_headline(material), sections)


def _choose_sections(diagnosis: Diagnosis, extent: Extent) -> tuple[Callable[[Material], Section], ...]:
    match extent:
        case Extent.VERDICT:
            return ()
        case Extent.BRIEF:
            return (build_brief,)
        case Extent.WHOLE | Extent.DETAILED:
            is_long = diagnosis.verdict is Verdict.INCIDENT
            return tuple(build for build in SECTIONS if is_long or build in SHORT_SECTIONS)


def _run_in(section: Section, mark: str) -> Section:
    """Let each heading that one paragraph follows, or a list of one, stand at the head of that."""
    blocks: list[Block] = []
    for place, block in enumerate(section.blocks):
        head, text = blocks[-1] if blocks else None, _find_only_text(section.blocks, place)
        if text is None or not isinstance(head, Subheading) or any(span.is_code for span in head.text):
            blocks.append(block)
            continue
        strong = tuple(replace(span, style=Style.STRONG) for span in head.text)
        blocks[-1] = Paragraph((*strong, Span(mark), *text), is_apart=True)
    return replace(section, blocks=tuple(blocks))


def _find_only_text(blocks: Sequence[Block], place: int) -> Inline | None:
    """The text of a paragraph, or of a list of one item that no other list follows; None of any other block."""
    block = blocks[place]
    if isinstance(block, Paragraph):
        return block.text
    is_last = not isinstance(blocks[place + 1] if place + 1 < len(blocks) else None, Bullets)
    return block.items[0] if isinstance(block, Bullets) and len(block.items) == 1 and is_last else None
