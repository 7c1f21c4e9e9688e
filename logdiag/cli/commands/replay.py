"""`logdiag replay`: what a retry would have saved, and whether one would do harm."""

# ruff: noqa: PLC0415  heavy imports happen where they are needed, so that --help is quick
from __future__ import annotations

from logdiag.cli import answers, exits, options, paths


def replay(  # noqa: PLR0913  one parameter an option
    paths_named: options.Paths = None,
    *,
    policies: options.Policies = None,
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
    """Play the recorded outages and pushes again under retry policies: what they save, and what they cost."""
    del no_color  # settled before any command runs (streams.settle)
    from logdiag.limits import parse_limits
    from logdiag.pipeline.replays import replay_policies
    from logdiag.renderers.replay import ReplayAnswer
    from logdiag.request import Request
    from logdiag.results.replay import PRESETS, parse_policy

    asked = [parse_policy(text) for text in dict.fromkeys(policies or PRESETS)]
    named = paths.require_paths(paths_named, "replay")
    request = Request(named, since, until, around, zone, tuple(rules_files or ()), limits=parse_limits(limit or ()))
    delivery = answers.settle(answer_format, output, lang, is_paged=not no_pager, quiet=quiet)
    with answers.open_analysis(request, delivery, quiet=quiet) as analysis:
        result = replay_policies(asked, analysis)
    answers.deliver(ReplayAnswer(result), zone or "UTC", delivery)
    return exits.ExitCode.OK
