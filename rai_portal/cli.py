"""The command `rai`. Its parts live in the rooms and are named here by strings only.

The kernel imports no room, and `rai gate` in a pipeline does not wait for numerical libraries.
"""

from __future__ import annotations

from importlib import import_module

import click

COMMANDS = {
    "methods": "evaluations.cli:methods",
    "evaluate": "evaluations.cli:evaluate",
    "gate": "assessments.gate_cli:gate",
}
"""Name of the command → module and attribute; imported when it is asked for."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order that people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, or None for a name that nobody knows."""
        place = COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, name = place.split(":")
        command = getattr(import_module(module), name)
        if not isinstance(command, click.Command):
            message = f"{place} is no command."
            raise TypeError(message)
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="rai-portal")
def main() -> None:
    """Evaluate models on files, and ask a portal whether a release may launch."""
