"""FollowTheMoney: entities, links and notes as JSON lines, for Aleph, OpenSanctions and yente.

A link of FollowTheMoney knows no modality, so only what the edge layer holds becomes
one (or a value of an entity, such as a treaty's date); every other claim is a Note whose
text begins with how firmly it is meant. The module writes plain JSON: the library of
that name is not needed, and the tests hold every entity against its model (4.11).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import Literal

from kg.claims import Claim, Edge, Modality, disputes
from kg.formats import foreign
from kg.formats import ftm_model as model
from kg.formats.foreign import Identifier
from kg.formats.ftm_model import Entity, entity_id
from kg.formats.record import Format, Losses, Outgoing
from kg.turtle import natural
from kg.vocab import KG, SKOS, compress


class _Writer:
    """Makes the entities of one export and says what each claim lost."""

    def __init__(self, out: Outgoing, losses: Losses) -> None:
        self.out, self.losses, self.store = out, losses, out.store
        self.entities: dict[str, Entity] = {}
        self.schemata: dict[str, str] = {}
        self.identifiers = foreign.identifiers(out)
        self.disputed = disputes(out.store.claims.values(), out.store.vocabulary)
        self.settled = foreign.settled(out)
        self.carried: set[str] = set()
        self.edges_of: dict[str, list[Edge]] = defaultdict(list)
        for edge in self.settled:
            self.edges_of[edge[0]].append(edge)

    # ------------------------------------------------------------ things

    def schema(self, iri: str) -> str:
        """Return the schema of a node, empty when FollowTheMoney has none for it."""
        if iri not in self.schemata:
            self.schemata[iri] = model.schema_of(self.store, iri)
        return self.schemata[iri]

    def entity(self, iri: str, schema: str) -> Entity:
        """Return the entity of an id, a new one the first time."""
        return self.entities.setdefault(iri, Entity(iri, schema))

    def add(self, entity: Entity, name: str, *values: str) -> None:
        """Add values as the model takes them: texts cut to its length, addresses checked."""
        for value in values:
            kept = foreign.plain(value).strip()
            if name in ("sourceUrl", "website", "publisherUrl"):
                if kept and not foreign.address(kept):
                    self.losses.other("not a web address")
                kept = foreign.address(kept)
            longest = model.LENGTHS.get(name, model.STRING)
            if len(kept) > longest:
                self.losses.other("text too long")
                kept = kept[:longest].rstrip()
            entity.add(name, kept)

    def thing(self, iri: str) -> Entity | None:
        """Return the entity of a node with its names and descriptions; None without a schema."""
        schema = self.schema(iri)
        if not schema:
            return None
        known = self.entities.get(entity_id(iri))
        if known is not None:
            return known
        thing = self.entity(entity_id(iri), schema)
        if schema == "Article" and iri in self.store.sources:
            self._article(iri, thing)
            return thing
        self._names(iri, thing)
        self.add(thing, "summary", *self._texts(iri, SKOS + "definition"))
        self.add(thing, "notes", *self._texts(iri, KG + "editorNote"))
        if schema in model.LEGAL:
            self.add(thing, "website", *foreign.seen_at(self.store, iri))
        if schema in model.LEGAL:
            thing.add("topics", *model.topics(self.store, iri))
        for found in self.identifiers.get(iri, ()):
            self._identify(thing, found)
        self.losses.other(
            "describing statement", foreign.undescribed(self.store, iri, model.DESCRIBED)
        )
        return thing

    def _texts(self, iri: str, predicate: str) -> Iterator[str]:
        yield from (term.value for term in self.store.objects(iri, predicate))

    def _names(self, iri: str, thing: Entity) -> None:
        name = foreign.name(self.store, iri)
        self.add(thing, "name", name)
        for label in self.store.labels.get(iri, ()):
            text = foreign.one_line(label.text)
            if text != name and text.strip("\"' "):
                self.add(thing, "alias", text)

    def _identify(self, thing: Entity, found: Identifier) -> None:
        scheme, value = found.scheme, found.value
        if scheme == "wikidata":
            self.add(thing, "wikidataId", value)
        elif scheme == "ftm" and thing.schema in ("PublicBody", "Organization", "Person"):
            self.add(thing, "country", value.lower())
        elif scheme in ("ftm", "iso3166-1-alpha2") and thing.schema == "Territory":
            self.add(thing, "territoryCode", value)
        elif scheme == "opensanctions-programme":
            self.add(thing, "programId", value)
        elif thing.schema in model.LEGAL:
            # A bare code is nobody's: it goes with its scheme, or not at all.
            self.add(thing, "idNumber", *self._coded(found))
        else:
            self.add(thing, "keywords", f"{scheme}:{value}")

    def _coded(self, found: Identifier) -> tuple[str, ...]:
        code = f"{found.scheme}:{found.value}"
        if len(code) <= model.IDENTIFIER:
            return (code,)
        self.losses.other("identifier too long")
        return ()

    def _article(self, iri: str, article: Entity) -> None:
        source = self.store.sources[iri]
        title = foreign.one_line(source.title) or foreign.name(self.store, iri)
        self.add(article, "name", title)
        self.add(article, "title", title)
        self.add(article, "sourceUrl", source.url)
        self.add(article, "author", *(foreign.name(self.store, c) for c in source.creators))
        if source.publisher:
            self.add(article, "publisher", foreign.name(self.store, source.publisher))
            self.add(article, "publisherUrl", *foreign.seen_at(self.store, source.publisher))
        said = self.store.objects(iri, KG + "accessed")
        self.add(article, "publishedAt", foreign.cut(source.issued))
        self.add(article, "retrievedAt", *(foreign.cut(term.value) for term in said))
        self.add(article, "language", model.language(source.language))
        if source.reliability:
            label = self.store.vocabulary.label(KG + source.reliability)
            self.add(article, "notes", f"Source reliability {source.reliability}: {label}.")
        origins = ", ".join(foreign.name(self.store, origin) for origin in source.origins)
        self.add(article, "notes", f"Goes back to: {origins}." if origins else "", source.note)

    # ------------------------------------------------------------ what rests on claims

    def claims_of(self, edge: Edge) -> list[Claim]:
        """Return the claims behind an edge that go out."""
        return [self.out.claims[c] for c in self.settled[edge] if c in self.out.claims]

    def prove(self, entity: Entity, claims: Iterable[Claim]) -> None:
        """Put what claims say, and where, on a link, a sanction or a value's entity."""
        for claim in claims:
            for iri in foreign.read_from(self.out, claim):
                article = self.thing(iri)
                if article is not None and article is not entity:
                    entity.add("proof", article.id)
                if iri in self.store.sources and self.store.sources[iri].url:
                    self.add(entity, "sourceUrl", self.store.sources[iri].url)

    def tell(self, entity: Entity, claims: Iterable[Claim]) -> None:
        """Put claims in words on an interval, each with its IRI as record id."""
        for claim in claims:
            self.add(entity, "recordId", claim.iri)
            self.add(entity, "description", self.account(claim))
            self.carry(claim, model.UNSAID)
            entity.add("startDate", foreign.cut(claim.valid_from, claim.valid_precision))
            entity.add("endDate", foreign.cut(claim.valid_to, claim.valid_precision))
        self.prove(entity, claims)

    def account(self, claim: Claim) -> str:
        return foreign.account(self.store, claim, self.disputed.get(claim.iri, ()))

    def carry(self, claim: Claim, without: Iterable[str]) -> None:
        self.carried.add(claim.iri)
        words = [] if without is model.BARE else model.in_words(claim)
        self.losses.reduced(claim.iri, *foreign.unsaid(claim, without), *words)

    def link(self, edge: Edge) -> bool:
        """Write an edge between two things as a link; False where it cannot be one."""
        subject, predicate, value = edge
        start, end = self.thing(subject), self.thing(value) if isinstance(value, str) else None
        if start is None or end is None:
            return False
        schema, names = model.link_schema(predicate, start.schema, end.schema)
        link = self.entity(f"gambit-link-{foreign.uuid_of(*map(str, edge))}", schema)
        link.add(names[0], start.id)
        link.add(names[1], end.id)
        claims = self.claims_of(edge)
        if schema != "Occupancy":
            self.add(link, "role", self.store.vocabulary.label(predicate))
        if any(claim.iri in self.disputed for claim in claims):
            link.add("status", "disputed")
        elif all(claim.modality is Modality.REPORTED for claim in claims):
            link.add("status", "reported")
        self.tell(link, claims)
        return True

    def value(self, edge: Edge) -> bool:
        """Write an edge as a value of its subject; False where FollowTheMoney has none such."""
        subject, predicate, value = edge
        thing = self.thing(subject)
        if thing is None:
            return False
        if isinstance(value, Literal):
            names = model.EVENT_DATES if thing.schema == "Event" else model.BODY_DATES
            known = thing.schema == "Event" or thing.schema in model.LEGAL - {"Person"}
            date = foreign.cut(value.value, foreign.precision(self.store, subject))
            if predicate not in names or not known or not date:
                return False
            thing.add(names[predicate], date)
        else:
            other = self.thing(value)
            if other is None or thing.schema != "Event" or other.schema not in model.LEGAL:
                return False
            if predicate not in model.INVOLVED and predicate != KG + "adoptedBy":
                return False
            thing.add("involved" if predicate in model.INVOLVED else "organizer", other.id)
        self.document(thing, self.claims_of(edge), self.store.vocabulary.label(predicate))
        return True

    def document(self, thing: Entity, claims: list[Claim], role: str) -> None:
        """Join a thing to the sources of its values, the claims in words on the join."""
        self.prove(thing, claims)
        for claim in claims:
            found = [(iri, self.thing(iri)) for iri in foreign.read_from(self.out, claim)]
            articles = [(iri, article) for iri, article in found if article is not None]
            self.carry(claim, model.UNSAID if articles else model.BARE)
            for iri, article in articles:
                key = f"gambit-documentation-{foreign.uuid_of(article.id, thing.id)}"
                join = self.entity(key, "Documentation")
                join.add("document", article.id)
                join.add("entity", thing.id)
                self.add(join, "role", role)
                self.add(join, "recordId", claim.iri)
                self.add(join, "summary", self.account(claim))
                if iri in self.store.sources:
                    self.add(join, "sourceUrl", self.store.sources[iri].url)

    def sanction(self, edge: Edge) -> bool:
        """Write a measure against its target; the sender is free text there."""
        subject, predicate, target = edge
        entity = self.thing(target) if isinstance(target, str) else None
        if entity is None:
            return False
        sanction = self.entity(f"gambit-sanction-{foreign.uuid_of(*map(str, edge))}", "Sanction")
        sanction.add("entity", entity.id)
        if predicate == KG + "sanctions":
            self.add(sanction, "authority", foreign.name(self.store, subject))
        else:
            self._programme(subject, sanction)
        self.tell(sanction, self.claims_of(edge))
        return True

    def _programme(self, subject: str, sanction: Entity) -> None:
        self.add(sanction, "program", foreign.name(self.store, subject))
        above = [subject]
        for _, predicate, value in self.edges_of[subject]:
            if predicate == KG + "adoptedBy" and isinstance(value, str):
                self.add(sanction, "authority", foreign.name(self.store, value))
            elif predicate == KG + "adoptedOn" and isinstance(value, Literal):
                sanction.add("startDate", foreign.cut(value.value))
            elif predicate == KG + "partOf" and isinstance(value, str):
                above.append(value)
        for node in above:
            for found in self.identifiers.get(node, ()):
                if found.scheme == "opensanctions-programme":
                    self.add(sanction, "programId", found.value)

    def note(self, claim: Claim) -> None:
        """Write a claim as text beside the things it is about, and never as a link."""
        note = self.entity(f"gambit-note-{foreign.uuid_of(claim.iri)}", "Note")
        against = self.disputed.get(claim.iri, ())
        meant = foreign.mark(claim, disputed=bool(against))
        self.add(
            note,
            "name",
            f"{meant} {foreign.one_line(foreign.statement(self.store, claim))}"[: model.NAME],
        )
        self.add(note, "description", self.account(claim))
        self.add(note, "notes", f"Claim {claim.iri}")
        self.add(
            note, "keywords", claim.modality.value, claim.kind.value, compress(claim.predicate)
        )
        for end in (claim.subject, claim.object):
            if isinstance(end, Literal):
                continue
            thing = self.thing(end)
            if thing is not None:
                note.add("entity", thing.id)
                continue
            for node in foreign.about(self.store, end):
                other = self.thing(node)
                if other is not None:
                    note.add("entity", other.id)
        self.prove(note, [claim])
        if "entity" not in note.properties:  # it would hang on nothing: then on where it stands
            note.add("entity", *note.properties.get("proof", {}))
        self.carry(claim, model.UNSAID)


def write_ftm(out: Outgoing, losses: Losses) -> Mapping[str, bytes]:
    """Return one entity a line, sorted by id: things, sources, links, sanctions and notes."""
    out.store.read_ahead(nodes=(*out.entities, *out.sources))
    writer = _Writer(out, losses)
    for iri in (*out.entities, *out.sources):
        if writer.thing(iri) is None and iri in out.store.labels:
            losses.other("without a schema")
    for edge in writer.settled:
        _write_edge(writer, edge)
    for claim in out.claims.values():
        if claim.iri in writer.carried:
            continue
        if foreign.is_identity(claim) and _identified(writer, claim):
            continue
        writer.note(claim)
    lines = sorted(writer.entities.values(), key=lambda entity: natural(entity.id))
    return {"": "".join(entity.line() for entity in lines).encode("utf-8")}


def _write_edge(writer: _Writer, edge: Edge) -> None:
    predicate = edge[1]
    if any(foreign.is_identity(claim) for claim in writer.claims_of(edge)):
        return
    if predicate == KG + "targets" and writer.sanction(edge):
        return
    if writer.value(edge):
        return
    if writer.link(edge):
        if predicate == KG + "sanctions":
            writer.sanction(edge)
        elif predicate == KG + "place":
            _placed(writer, edge)


def _placed(writer: _Writer, edge: Edge) -> None:
    event = writer.thing(edge[0])
    if event is not None and event.schema == "Event":
        writer.add(event, "location", foreign.name(writer.store, edge[2]))


def _identified(writer: _Writer, claim: Claim) -> bool:
    """Return whether an identity goes along as a value of its thing, and account for it."""
    known = {found.claim for found in writer.identifiers.get(claim.subject, ())}
    thing = writer.thing(claim.subject)
    if claim.iri not in known or thing is None:
        return False
    writer.document(thing, [claim], "identity")
    return True


FORMAT = Format(
    name="ftm",
    suffix=".ftm.json",
    media_type="application/json+ftm",
    description="FollowTheMoney entities as JSON lines, for Aleph, OpenSanctions and their kin",
    losses=(
        "which footnote a citation is; modality, confidence, credibility, rank and what a claim "
        "conflicts with go along in words only, and what is hedged, denied or disputed as a Note"
    ),
    projected=False,
    write=write_ftm,
    reads="ftm",
)
