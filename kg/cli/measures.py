"""Measures of the graph: centrality, brokers, bridges, communities, components, sensitivity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from kg.cli.choosing import Chosen, chooses, prints
from kg.cli.common import Session, interactive, pass_session
from kg.errors import NoError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kg.analysis import Answer

_weight = click.option(
    "--weight",
    default="hops",
    show_default=True,
    type=click.Choice(("hops", "evidence")),
    help="Each tie alike, or by the evidence behind it.",
)
_seed = click.option("--seed", default=0, show_default=True, help="Where chance begins.")


def _sampled(command: Callable[..., Any]) -> Callable[..., Any]:
    sample = click.option(
        "--sample",
        type=click.IntRange(2),
        metavar="K",
        help="Estimate betweenness from K start nodes.",
    )
    return sample(_seed(command))


@click.command()
@click.option(
    "--measure",
    "-m",
    "measures",
    multiple=True,
    type=click.Choice(("degree", "betweenness", "pagerank", "eigenvector")),
    help="Which (repeatable; all, unless told). The first one ranks.",
)
@_weight
@_sampled
@pass_session
@prints
@chooses("actors")
def centrality(
    session: Session,
    measures: tuple[str, ...],
    weight: str,
    sample: int | None,
    seed: int,
    chosen: Chosen,
) -> Answer:
    """Rank by position: degree, betweenness, PageRank, eigenvector.

    \b
    kg analyze centrality
    kg analyze centrality -m betweenness --weight evidence --cite
    """
    from kg.analysis.centrality import MEASURES
    from kg.analysis.centrality import centrality as measure

    asked = tuple(one for name in measures for one in MEASURES if one == name)
    return measure(
        chosen.project(),
        asked or MEASURES,
        weight="evidence" if weight == "evidence" else "hops",
        sample=sample,
        seed=seed,
    )


@click.command()
@_weight
@_sampled
@pass_session
@prints
@chooses("actors")
def brokers(session: Session, weight: str, sample: int | None, seed: int, chosen: Chosen) -> Answer:
    """Name who sits between others, and whom only they join.

    \b
    kg analyze brokers
    kg analyze brokers --include-hedged --cite
    """
    from kg.analysis.centrality import brokers as measure

    found = measure(
        chosen.project(),
        weight="evidence" if weight == "evidence" else "hops",
        sample=sample,
        seed=seed,
    )
    return some(found, "nobody is between two others here", "kg analyze components shows the parts")


@click.command()
@pass_session
@prints
@chooses("actors")
def bridges(session: Session, chosen: Chosen) -> Answer:
    """List the ties and nodes that alone hold the graph together.

    \b
    kg analyze bridges
    kg analyze bridges --projection edges --cite
    """
    from kg.analysis.groups import bridges as measure

    found = measure(chosen.project())
    return some(
        found, "no single tie or node holds anything together here", "each has a way around"
    )


@click.command()
@click.option(
    "--method",
    default="louvain",
    show_default=True,
    type=click.Choice(("louvain", "leiden")),
    help="Leiden needs igraph.",
)
@click.option(
    "--resolution",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="Above 1 smaller groups, below 1 larger ones.",
)
@_weight
@_seed
@pass_session
@prints
@chooses("actors")
def communities(
    session: Session, method: str, resolution: float, weight: str, seed: int, chosen: Chosen
) -> Answer:
    """Find groups that are tied more among themselves than to others.

    \b
    kg analyze communities
    kg analyze communities --projection edges --resolution 1.5
    """
    from kg.analysis.groups import communities as measure

    return measure(
        chosen.project(),
        "leiden" if method == "leiden" else "louvain",
        weight="evidence" if weight == "evidence" else "hops",
        resolution=resolution,
        seed=seed,
    )


@click.command()
@pass_session
@prints
@chooses("actors")
def components(session: Session, chosen: Chosen) -> Answer:
    """List the parts of the graph that nothing joins.

    \b
    kg analyze components
    kg analyze components --projection causal
    """
    from kg.analysis.groups import components as measure

    return measure(chosen.project())


@click.command()
@click.argument("metric")
@click.argument("ends", nargs=-1, metavar="[A B]")
@click.option(
    "--over",
    type=click.Choice(("source", "holder", "dataset", "grade")),
    help="What to leave out, one at a time (source, unless told).",
)
@click.option(
    "--by",
    default="change",
    show_default=True,
    type=click.Choice(("change", "item", "left-out")),
    help="What a row is.",
)
@click.option(
    "--runs",
    type=click.IntRange(1),
    metavar="N",
    help="At most N recomputations, those on which most claims rest.",
)
@_sampled
@pass_session
@prints
@chooses("actors", query=False)
def sensitivity(
    session: Session,
    metric: str,
    ends: tuple[str, ...],
    over: str | None,
    by: str,
    runs: int | None,
    sample: int | None,
    seed: int,
    chosen: Chosen,
) -> Answer:
    """Say what flips when a source, a holder, a data set or low grades are left out.

    METRIC is degree, betweenness, pagerank, eigenvector, communities, balance, path (with
    its two ends) or relations. path and relations are worked out on the projection edges,
    balance on signed, the others on actors, unless --projection says. With --exclude-source or --exclude-holder
    exactly that is tested.

    \b
    kg analyze sensitivity degree --by item
    kg analyze sensitivity path DPRK Japan --include-hedged
    kg analyze sensitivity relations --exclude-source "Deutsche Welle"
    """
    from kg.analysis import sensitivity as testing
    from kg.vocab import compress

    nodes = tuple(compress(session.resolve(name)) for name in ends)
    tested = testing.metric(metric, testing.Asked(ends=nodes, sample=sample, seed=seed))
    source = click.get_current_context().get_parameter_source("projection")
    return testing.sensitivity(
        session.store,
        tested,
        chosen.selection(),
        over=cast("testing.Over | None", over),
        by=cast("testing.View", by),
        projection="" if source is click.core.ParameterSource.DEFAULT else chosen.projection_name,
        include_hedged=chosen.include_hedged,
        runs=runs,
        progress=_counting if interactive() else None,
    )


def _counting(done: int, every: int) -> None:
    """Count on stderr, in one line that is cleared at the end."""
    text = f"\rrecomputed {done} of {every}" if done < every else "\r\033[K"
    click.echo(text, err=True, nl=False)


def some(found: Answer, no: str, hint: str) -> Answer:
    """Return an answer that has rows; raise NoError for one that has none."""
    if not found.rows:
        raise NoError(no, hint=hint)
    return found
