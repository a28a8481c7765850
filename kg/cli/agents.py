"""Agents: mcp."""

from __future__ import annotations

import click

from kg.cli.common import Session, pass_session


@click.command()
@click.option(
    "--timeout",
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    type=click.FloatRange(0.1, 3600),
    help="Stop a query of the agent's after so long.",
)
@pass_session
def mcp(session: Session, timeout: float) -> None:
    """Answer an agent over standard input and output (Model Context Protocol), read-only.

    A client starts it by itself. `kg serve` answers the same at /mcp.

    \b
    kg mcp
    kg --workspace research mcp
    """
    import asyncio
    import logging

    from kg.cli.serve import source_of
    from kg.sandbox import Limits
    from kg.web import agents
    from kg.web.live import Live
    from kg.web.serving import Serving
    from kg.web.settings import Settings

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    live = Live(source_of(session), Settings(limits=Limits(timeout_s=timeout)))
    try:
        asyncio.run(agents.over_stdio(Serving(live)))
    finally:
        live.close()
