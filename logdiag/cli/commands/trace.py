"""`logdiag trace`: what happened to one message, from its capture to its end."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

from logdiag.cli import answers, exits, options, paths
from logdiag.errors import InputError


def trace(  # noqa: PLR0913  one parameter an option
    traced: options.Traced = None,
    paths_named: options.Paths = None,
    *,
    since: options.Since = None,
    until: options.Until = None,
    around: options.Around = None,
    zone: options.Zone = None,
    rules_files: options.RulesFiles = None,
    limit: options.LimitTexts = None,
    answer_format: options.AnswerForm = None,
    output: options.Output = None,
    lang: options.Lang = None,
    no_color: options.NoColor = False,
    no_pager: options.NoPager = False,
    quiet: options.Quiet = False,
    config: options.Config = None,  # read by ConfiguredCommand
    no_config: options.NoConfig = False,
) -> exits.ExitCode:
    """Tell what happened to one message: its way, the state of the connection at each step, where it ended and why."""
    del no_color  # settled before any command runs (streams.settle)
    from logdiag.cli import notes
    from logdiag.limits import parse_limits
    from logdiag.pipeline.journeys import list_messages, trace_message
    from logdiag.renderers.journey import JourneyAnswer
    from logdiag.request import Request

    if traced is None or not traced.strip():
        raise InputError("input.no_text", command="trace")
    named = paths.require_paths(paths_named, "trace TEXT")
    request = Request(named, since, until, around, zone, tuple(rules_files or ()), limits=parse_limits(limit or ()))
    delivery = answers.settle(answer_format, output, lang, is_paged=not no_pager, quiet=quiet)
    with answers.open_analysis(request, delivery, quiet=quiet) as analysis:
        journey = trace_message(traced.strip(), analysis)
        known = () if journey.looked.matched_count else list_messages(analysis)
    answers.deliver(JourneyAnswer(journey), zone or "UTC", delivery)
    notes.say_near_text(journey.text, known, lang, quiet=quiet)
    return exits.ExitCode.OK
