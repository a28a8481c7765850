"""A group of verbs whose modules are imported when a verb is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click


class LazyGroup(click.Group):
    """Verbs loaded when they are used, and a suggestion for a misspelt one.

    ``verbs`` names the module of ``kg.cli`` that each verb is in, in the order of the
    help; ``noun`` is what the group calls one ("verb", "analysis").
    """

    def __init__(
        self, *args: Any, verbs: Mapping[str, str], noun: str = "verb", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.verbs = verbs
        self.noun = noun

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order an analyst meets them."""
        return list(self.verbs)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, imported now; None when there is none such."""
        if cmd_name not in self.verbs:
            return None
        module = import_module(f"kg.cli.{self.verbs[cmd_name]}")
        name = cmd_name.replace("-", "_")
        command = getattr(module, f"{name}_" if iskeyword(name) else name)
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb that the arguments begin with; UsageError with the nearest name."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self.verbs:
            import difflib

            near = difflib.get_close_matches(name, self.verbs, n=1)
            path = ctx.command_path
            hint = f"did you mean {path} {near[0]}?" if near else f"{path} --help lists them"
            error = click.UsageError(f"no such {self.noun}: {name}", ctx=ctx)
            error.kg_hint = hint  # type: ignore[attr-defined]
            raise error
        return super().resolve_command(ctx, args)
