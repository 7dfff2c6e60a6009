"""The command line, `cdp`. A command's module is loaded when the command is named, not before.

Exit codes are a promise: 0 done, 1 refused or not found, 2 usage, 3 try again, 4 an operator must
act, 70 a fault of the program. A decision that denies is an answer: 0. An error is one line on
stderr (with `--json` one object) and never repeats what was typed: it may be somebody's address.
"""

import importlib
from typing import Any, Final, cast

import click

from cdp.cli.failures import JSON, told

# name -> where it is, and its line in the overview
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("cdp.cli.demo:demo", "Show everything once, with invented customers."),
    "init": ("cdp.cli.operations:init", "Set up stores, keys and workspace; harmless to repeat."),
    "doctor": ("cdp.cli.checks:doctor", "Check everything that an operator would have to act on."),
    "serve": ("cdp.cli.serving:serve", "Serve the API and work in the background."),
    "worker": (
        "cdp.cli.serving:work_in_foreground",
        "Do the background work: views, sources, the outbox.",
    ),
    "jobs": ("cdp.cli.jobs:jobs", "List background work, and revive what was given up."),
    "source": ("cdp.cli.sources:source", "Add, list, map and preview sources."),
    "quarantine": (
        "cdp.cli.quarantine:quarantine",
        "List what could not be read, and read it again.",
    ),
    "sync": ("cdp.cli.operations:sync", "Read sources, resolve who is who, refresh views."),
    "resolve": ("cdp.cli.operations:resolve", "Resolve what waits, and refresh views."),
    "identity": (
        "cdp.cli.identity:identity",
        "Find out who is who in plain files; decide who is who.",
    ),
    "profile": ("cdp.cli.profiles:profile", "Find a profile and show what a purpose may read."),
    "context": ("cdp.cli.profiles:context", "Show the outcome context for an interaction."),
    "consent": ("cdp.cli.consents:consent", "Record and show what a person said about consent."),
    "policy": ("cdp.cli.configuration:policy", "Show the policy in force, or put one in force."),
    "offers": ("cdp.cli.configuration:offers", "Show the offer catalogue, or put one in force."),
    "answers": (
        "cdp.cli.configuration:answers",
        "Show the catalogue of published answers, or put one in force.",
    ),
    "journeys": (
        "cdp.cli.configuration:journeys",
        "Show the catalogue of journeys, or put one in force.",
    ),
    "traits": (
        "cdp.cli.configuration:traits",
        "Show the catalogue of traits, or put one in force.",
    ),
    "client": ("cdp.cli.clients:client", "Create, list and revoke API clients."),
    "keys": ("cdp.cli.checks:keys", "Show which keys there are; never a key itself."),
}


class LazyGroup(click.Group):
    """Knows its commands by name; loads one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return cast("click.Command", getattr(importlib.import_module(module), name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The overview, from the table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """See whether the answer is for a machine before anything can fail."""
        ctx.meta[JSON] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; every failure becomes its exit code and one line."""
        with told(ctx):
            return super().invoke(ctx)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Settings come from cdp.toml and CDP_* variables; see docs/settings.md."
    " `cdp demo` needs none of them.",
)
@click.version_option(package_name="continuum-cdp", message="%(version)s")
def cdp() -> None:
    """Continuum: one person out of many silos, with consent enforced by keys."""


def main() -> None:
    """The `cdp` command."""
    cdp(prog_name="cdp")
