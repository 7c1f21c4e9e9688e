"""The table of contents: every command."""

from __future__ import annotations

from typing import Final

import typer

from logdiag.cli import demo, diagnose, explain, options, rules, schema, timeline
from logdiag.cli.config import ConfiguredCommand
from logdiag.cli.help import HelpfulCommand, HelpfulGroup

EXAMPLES: Final = """Examples:

  logdiag demo
  logdiag diagnose logs/
  logdiag diagnose logs/ --format markdown --output report.md
  logdiag timeline logs/ --events --level warn
  logdiag explain payload-too-large
  logdiag rules --test "Disconnected from master: transport close"

logdiag COMMAND --help shows the options of a command."""

app: Final = typer.Typer(
    name="logdiag",
    cls=HelpfulGroup,
    epilog=EXAMPLES,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("diagnose", cls=ConfiguredCommand, epilog=diagnose.EXAMPLES)(diagnose.diagnose)
app.command("timeline", cls=ConfiguredCommand, epilog=timeline.EXAMPLES)(timeline.timeline)
app.command("demo", cls=HelpfulCommand, epilog=demo.EXAMPLES)(demo.demo)
app.command("explain", cls=HelpfulCommand, epilog=explain.EXAMPLES)(explain.explain)
app.command("rules", cls=HelpfulCommand, epilog=rules.EXAMPLES)(rules.rules)
app.command("schema", cls=HelpfulCommand, epilog=schema.EXAMPLES)(schema.schema)


@app.callback()
def logdiag(*, version: options.Version = False) -> None:
    """Say why the sockets of a Worker-Master Socket.IO system disconnect, from their JSON logs alone."""
