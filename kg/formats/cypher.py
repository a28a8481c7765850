"""What goes beside the tables of a Neo4j import: Cypher that loads them, and how to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol


class Table(Protocol):
    """A file of an import: its columns as ``name:type``, and its rows by column."""

    file: str
    columns: dict[str, None]
    rows: list[dict[str, str]]


_READ = {
    "int": "toInteger({})",
    "boolean": "toBoolean({})",
    "date": "date({})",
    "string[]": "split({}, ';')",
}


def load(nodes: Sequence[Table], relationships: Sequence[Table]) -> str:
    """Return Cypher that loads the tables into a database; a second run changes nothing.

    Labels and types are written out: only Neo4j 5.26 and later take them from a column.
    """
    return "".join(f"{line}\n" for line in _statements(nodes, relationships))


def _statements(nodes: Sequence[Table], relationships: Sequence[Table]) -> Iterator[str]:
    yield "// Put the .csv files into the import folder of the database, then run this file:"
    yield "//   cypher-shell -f load.cypher"
    yield "CREATE CONSTRAINT gambit_id IF NOT EXISTS FOR (n:Resource) REQUIRE n.id IS UNIQUE;"
    yield "CREATE INDEX gambit_label IF NOT EXISTS FOR (n:Entity) ON (n.label);"
    for table in nodes:
        yield _from(table)
        yield f"MERGE (n:Resource {{id: {_cell('id:ID')}}}){_set('n', table)}"
        for label in _values(table, ":LABEL"):
            if label == "Resource":
                continue
            yield f"{_from(table)} WITH row WHERE '{label}' IN split({_cell(':LABEL')}, ';')"
            yield f"MATCH (n:Resource {{id: {_cell('id:ID')}}}) SET n:{label};"
    for table in relationships:
        for kind in _values(table, ":TYPE"):
            yield f"{_from(table)} WITH row WHERE {_cell(':TYPE')} = '{kind}'"
            yield f"MATCH (a:Resource {{id: {_cell(':START_ID')}}})"
            yield f"MATCH (b:Resource {{id: {_cell(':END_ID')}}})"
            own = f" {{id: {_cell('id')}}}" if "id" in table.columns else ""
            yield f"MERGE (a)-[r:{kind}{own}]->(b){_set('r', table)}"


def _from(table: Table) -> str:
    return f"LOAD CSV WITH HEADERS FROM 'file:///{table.file}' AS row"


def _cell(column: str) -> str:
    return f"row.`{column}`"


def _set(variable: str, table: Table) -> str:
    found = []
    for column in table.columns:
        name, _, kind = column.partition(":")
        if name and kind != "ID" and column != "id":
            found.append(f"{variable}.{name} = {_READ.get(kind, '{}').format(_cell(column))}")
    return f"\nSET {', '.join(found)};" if found else ";"


def _values(table: Table, column: str) -> list[str]:
    """Return what a column has, in order: plain names, so that none can be more Cypher."""
    return sorted({value for cells in table.rows for value in cells[column].split(";")})


def readme(nodes: Iterable[Table], relationships: Iterable[Table], description: str) -> str:
    """Return how to import the folder, and what is to be found in it."""
    files = "".join(f" \\\n  --nodes={table.file}" for table in nodes)
    files += "".join(f" \\\n  --relationships={table.file}" for table in relationships)
    return _README.replace("{files}", files).replace("{description}", description)


_README = """# A graph for Neo4j

{description}

## Into a new database

Neo4j 5 or later, in this folder, with the database stopped or not yet there:

```
neo4j-admin database import full --multiline-fields=true{files} \\
  neo4j
```

## Into a database that exists

Copy the `.csv` files into its import folder, then:

```
cypher-shell -f load.cypher
```

Running it again changes nothing. Each file is one transaction: for millions of rows take
the first way.

## What is what

- Every node is a `Resource` with a unique `id`; things are `Entity` and what they are
  (`State`, `Treaty`), with `iri`, `label`, `names` and identifiers (`id_wikidata`).
- Relationships between entities are facts by the rule of the graph: `claim_ids` names
  every claim behind one, `contested` says that another claim disputes it.
- Every claim is a `Claim` node: `SUBJECT` and `OBJECT` (or `value`), `HELD_BY`,
  `EVIDENCE` to the `Passage` it was read from, which is `IN_SOURCE`. A claim that is
  no fact has the label `Hedged` and its `modality`, a denial `Negated`. No relationship
  between entities is made of these.

```
// The claims behind each relationship of a state, with passage and source
MATCH (s:State {label: 'North Korea'})-[r]-(other:Entity)
UNWIND r.claim_ids AS id
MATCH (c:Claim {id: id})-[:EVIDENCE]->(p:Passage)-[:IN_SOURCE]->(d:Source)
RETURN type(r), other.label, c.statement, p.locator, d.label;

// What is said of two states but is no fact
MATCH (a:State)<-[:SUBJECT]-(c:Claim&Hedged)-[:OBJECT]->(b:State)
RETURN a.label, c.predicate, b.label, c.kind, c.modality, c.statement;
```
"""
