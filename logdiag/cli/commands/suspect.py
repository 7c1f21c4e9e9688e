"""`logdiag suspect`: whether something is related to the disconnects, and what would decide."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

from logdiag.cli import answers, exits, options, paths
from logdiag.errors import InputError


def suspect(  # noqa: PLR0913  one parameter an option
    suspected: options.Suspected = None,
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
    """Say whether the lines that a text names are related to the disconnects, and how sure that is."""
    del no_color  # settled before any command runs (streams.settle)
    from logdiag.cli import notes
    from logdiag.limits import parse_limits
    from logdiag.pipeline.suspects import answer_suspicion, list_names
    from logdiag.renderers.suspicion import SuspicionAnswer
    from logdiag.request import Request

    if suspected is None or not suspected.strip():
        raise InputError("input.no_text", command="suspect")
    named = paths.require_paths(paths_named, "suspect TEXT")
    request = Request(named, since, until, around, zone, tuple(rules_files or ()), limits=parse_limits(limit or ()))
    delivery = answers.settle(answer_format, output, lang, is_paged=not no_pager, quiet=quiet)
    with answers.open_analysis(request, delivery, quiet=quiet) as analysis:
        suspicion = answer_suspicion(suspected.strip(), analysis)
        known = () if suspicion.matched_count else list_names(analysis)
    answers.deliver(SuspicionAnswer(suspicion), zone or "UTC", delivery)
    notes.say_near_text(suspicion.text, known, lang, quiet=quiet)
    return exits.ExitCode.OK
