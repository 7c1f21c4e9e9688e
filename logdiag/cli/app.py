"""The table of contents: every command."""

from __future__ import annotations

from typing import Final

import typer

from logdiag.cli import options
from logdiag.cli.commands import (
    demo,
    diagnose,
    explain,
    replay,
    rules,
    schema,
    snippet,
    suspect,
    timeline,
    trace,
    verify,
    watch,
)
from logdiag.cli.config import ConfiguredCommand
from logdiag.cli.help import HelpfulCommand, HelpfulGroup

app: Final = typer.Typer(
    name="logdiag",
    cls=HelpfulGroup,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("diagnose", cls=ConfiguredCommand)(diagnose.diagnose)
app.command("timeline", cls=ConfiguredCommand)(timeline.timeline)
app.command("trace", cls=ConfiguredCommand)(trace.trace)
app.command("suspect", cls=ConfiguredCommand)(suspect.suspect)
app.command("replay", cls=ConfiguredCommand)(replay.replay)
app.command("verify", cls=ConfiguredCommand)(verify.verify)
app.command("watch", cls=ConfiguredCommand)(watch.watch)
app.command("snippet", cls=HelpfulCommand)(snippet.snippet)
app.command("demo", cls=HelpfulCommand)(demo.demo)
app.command("explain", cls=HelpfulCommand)(explain.explain)
app.command("rules", cls=HelpfulCommand)(rules.rules)
app.command("schema", cls=HelpfulCommand)(schema.schema)


@app.callback()
def logdiag(*, version: options.Version = False) -> None:
    """Say why the sockets of a Worker-Master Socket.IO system disconnect, from their logs alone."""
