"""The program: its verbs, and errors turned into words and exit codes.

A verb's module is loaded
when the verb is used; such modules import click and ``kg.errors`` at the top and
everything slow inside their functions, so that every command starts at once.
"""

from __future__ import annotations

import os
import sys

import click

from kg import __version__
from kg.cli.common import Session
from kg.cli.lazy import LazyGroup
from kg.errors import AmbiguousNameError, KgError

INTERRUPTED = 130
BUG = 70


#: The verbs in the order an analyst meets them, and the module each is in.
VERBS = {
    "info": "look",
    "search": "look",
    "show": "look",
    "why": "look",
    "neighbors": "paths",
    "path": "paths",
    "timeline": "standing",
    "contested": "standing",
    "sensitivity": "measures",
    "analyze": "analyze",
    "query": "ask",
    "queries": "ask",
    "diff": "differ",
    "validate": "check",
    "verify": "check",
    "fmt": "check",
    "view": "make",
    "export": "make",
    "import": "bring",
    "link": "link",
    "formats": "formats",
    "init": "change",
    "update": "change",
    "undo": "change",
    "push": "remote",
    "pull": "remote",
    "serve": "serve",
    "mcp": "agents",
}


@click.group(cls=LazyGroup, verbs=VERBS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kg")
@click.option(
    "--data",
    "-d",
    "data",
    multiple=True,
    metavar="FILE",
    envvar="KG_DATA",
    type=click.Path(),
    help="Turtle file to work on instead of the shipped graph (repeatable).",
)
@click.option(
    "--workspace",
    "-w",
    metavar="DIR",
    envvar="KG_WORKSPACE",
    type=click.Path(),
    help="Workspace to work on; else the one this folder is in.",
)
@click.option("--ontology", metavar="FILE", type=click.Path(), help="Another ontology.ttl.")
@click.option(
    "--endpoint",
    metavar="URL",
    envvar="KG_ENDPOINT",
    help="Work on the data of a SPARQL server instead.",
)
@click.pass_context
def kg(
    ctx: click.Context,
    data: tuple[str, ...],
    workspace: str | None,
    ontology: str | None,
    endpoint: str | None,
) -> None:
    """Gambit: states, agreements and motives, every edge with its claims and sources.

    \b
    kg show "North Korea"            what is known of it, and how firmly
    kg query motivations-of -p actor=DPRK --cite
    kg why claim:bipss-001           who says so, how firmly, where
    kg view --to graph.html          the graph as one offline page

    Exit codes: 0 fine, 1 the answer is no, 2 wrong usage, 3 unreadable or refused
    data, 4 something is missing.
    """
    if data and workspace:
        raise click.UsageError("--data and --workspace exclude each other", ctx=ctx)
    ctx.obj = Session(data, ontology, workspace, endpoint)


def run(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code.

    Whatever goes wrong ends in one line, one hint and a code; an exception that is
    not ours is reported as the bug it is.
    """
    try:
        code = kg.main(args=arguments, prog_name="kg", standalone_mode=False)
        sys.stdout.flush()
    except AmbiguousNameError as error:
        return _say(str(error), error.hint, error.exit_code, error.candidates)
    except KgError as error:
        return _say(str(error), error.hint, error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.ClickException as error:
        hint = getattr(error, "kg_hint", None)
        if hint is None and isinstance(error, click.UsageError) and error.ctx:
            hint = f"{error.ctx.command_path} --help"
        return _say(error.format_message(), hint, 2)
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _say("interrupted", "nothing was written; run it again", INTERRUPTED)
    except BrokenPipeError:
        # The reader went away (`| head`): not our failure. Python would complain
        # once more when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        return _say(f"{error.strerror or error}", "check the disk and the permissions", 4)
    except Exception as error:
        if os.environ.get("KG_DEBUG"):
            raise
        return _say(
            f"this is a bug: {type(error).__name__}: {error}",
            "please report it with the command; KG_DEBUG=1 shows the traceback",
            BUG,
        )
    return code if isinstance(code, int) else 0  # of an Exit, which click hands back


def _say(message: str, hint: str | None, code: int, candidates: tuple[str, ...] = ()) -> int:
    colour = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    click.echo(click.style("error: ", fg="red" if colour else None) + message, err=True)
    for candidate in candidates:
        click.echo(f"  {candidate}", err=True)
    if hint:
        click.echo(f"hint: {hint}", err=True)
    return code
