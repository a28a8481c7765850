"""Each single fault in the data is found, at the right node, by the right rule."""

from __future__ import annotations

import re
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

import pytest
from conftest import EXAMPLE, TOP

from kg import files
from kg.errors import RefusedError
from kg.turtle import canonical, read_graph
from kg.validation import Report, validate

GOOD = EXAMPLE.read_text(encoding="utf-8")


def block(name: str) -> str:
    start = GOOD.index(f"\n{name} a ") + 1
    return GOOD[start : GOOD.index(" .\n", start) + 3]


def edit(name: str, old: str, new: str) -> str:
    before = block(name)
    assert old in before, f"{name} has no {old!r}"
    return GOOD.replace(before, before.replace(old, new, 1))


def plus(*lines: str) -> str:
    return GOOD + "\n" + "\n".join(lines) + "\n"


def without(name: str, start: str) -> str:
    """Drop the line of a block that begins so."""
    before = block(name)
    lines = before.splitlines(keepends=True)
    kept = [line for line in lines if not line.strip().startswith(start)]
    assert len(kept) == len(lines) - 1
    text = "".join(kept)
    if lines[-1].strip().startswith(start):
        text = text.rstrip().rstrip(";").rstrip() + " .\n"
    return GOOD.replace(before, text)


def obligation(kind: str) -> str:
    return plus(
        "<https://w3id.org/gambit/id/obligation/aid> a kg:Obligation ;",
        f'  skos:prefLabel "Aid"@en ; skos:definition "An invented duty."@en ; {kind}',
        "  kg:owedTo actor:borland .",
    )


IDENTITY = (
    "claim:identity-arland-wikidata a kg:IdentityLink ; rdf:subject {who} ; rdf:predicate owl:sameAs ;"
    " rdf:object <http://www.wikidata.org/entity/Q99> ; prov:wasAttributedTo actor:ada-author ;"
    " kg:claimKind kg:fact ; kg:modality kg:asserted ; kg:polarity kg:affirmative ; kg:rank kg:normal ;"
    ' kg:statement "Invented."@en ; kg:identityScheme "wikidata" ; kg:checkMethod "By hand."@en ;'
    " kg:evidence passage:review-2-p3 ; kg:confidence 50 ; kg:credibility 3 ."
)
OWL = "@prefix owl: <http://www.w3.org/2002/07/owl#> ."
CODE = (
    "claim:identity-arland-iso a kg:IdentityLink ; rdf:subject actor:arland ;"
    ' rdf:predicate kg:identityValue ; rdf:object "{code}" ; prov:wasAttributedTo actor:ada-author ;'
    " kg:claimKind kg:fact ; kg:modality kg:asserted ; kg:polarity kg:affirmative ; kg:rank kg:normal ;"
    ' kg:statement "Invented."@en ; kg:identityScheme "iso3166-1-alpha2" ; kg:checkMethod "By hand."@en ;'
    " kg:evidence passage:review-2-p3 ; kg:confidence 50 ; kg:credibility 3 ."
)

CLAIM = (
    "claim:{name} a kg:Claim ; rdf:subject {s} ; rdf:predicate kg:{p} ; rdf:object {o} ;"
    " prov:wasAttributedTo actor:ada-author ; kg:claimKind kg:{kind} ; kg:modality kg:asserted ;"
    " kg:polarity kg:affirmative ; kg:rank kg:normal ; kg:confidence 50 ; kg:credibility 3 ;"
    ' kg:statement "Invented."@en ; kg:evidence passage:{passage} ; {more} .'
)


def said(
    s: str, p: str, o: str, *, kind: str = "fact", passage: str = "review-2-p3", more: str = ""
) -> str:
    """Return a claim, and its edge where it is a fact."""
    name = f"{p}-{s}-{o}".lower().replace(":", "-").partition("^")[0].replace('"', "")
    edge = f"\n{s} kg:{p} {o} ." if kind == "fact" else ""
    return CLAIM.format(name=name, s=s, p=p, o=o, kind=kind, passage=passage, more=more) + edge


FORMER = GOOD.replace("actor:corvia a kg:State", "actor:corvia a kg:FormerState")
ENDED = said("actor:corvia", "endDate", '"1990-01-01"^^xsd:date')
PROVISION = (
    "<https://w3id.org/gambit/id/provision/one> a kg:Provision ;"
    ' skos:prefLabel "Article 1"@en ; skos:definition "An invented article."@en .\n'
    "@prefix provision: <https://w3id.org/gambit/id/provision/> ."
)
ALLIED = said("actor:arland", "alliedWith", "actor:borland")
DUTY = (
    obligation(
        "kg:obliges actor:arland ; kg:obligationType kg:defense ;"
        " kg:trigger <https://w3id.org/gambit/id/condition/attack> ;"
    ),
    "<https://w3id.org/gambit/id/condition/attack> a kg:Condition ;"
    ' skos:prefLabel "Attack"@en ; skos:definition "An invented attack."@en .',
    "@prefix obligation: <https://w3id.org/gambit/id/obligation/> .",
    said("agreement:amity-pact", "imposes", "obligation:aid"),
    said("agreement:amity-pact", "inForceOn", '"2001-01-01"^^xsd:date'),
)
TERMINATED = said("agreement:amity-pact", "terminatedOn", '"2010-01-01"^^xsd:date')
TWIN = said("agreement:amity-pact", "hasParty", "actor:arland", passage="daily-1-p1-s2",
            more="kg:corroborates claim:example-04")  # fmt: skip
GAIN = (
    "<https://w3id.org/gambit/id/benefit/fame> a kg:Benefit ; kg:beneficiary actor:corvia ;"
    ' skos:prefLabel "Fame"@en ; skos:definition "An invented gain."@en .',
    "@prefix benefit: <https://w3id.org/gambit/id/benefit/> .",
    said(
        "event:march", "yieldsBenefit", "benefit:fame", kind="assessment", passage="daily-1-p1-s4"
    ),
)
UNDER = edit(
    "passage:daily-1-p1-s4", '"Body" ;\n    kg:unit', '"What Arland gains: benefits" ;\n    kg:unit'
)
BACK = said("event:border-clash", "leadsTo", "event:march", kind="assessment")

#: Findings that leave the data valid: name: (text, focus, rule, severity)
LESSER = {
    "alliance without any duty of defence": (
        plus(ALLIED),
        "claim:alliedwith-actor-arland-actor-borland",
        "alliance-duty",
        "warning",
    ),
    "alliance whose agreement has ended": (
        "\n".join((*DUTY, ALLIED, TERMINATED)),
        "claim:alliedwith-actor-arland-actor-borland",
        "alliance-duty",
        "warning",
    ),
    "corroboration by the same source": (
        plus(TWIN),
        "claim:hasparty-agreement-amity-pact-actor-arland",
        "corroborates-origin",
        "warning",
    ),
    "corroboration of something else": (
        edit("claim:example-09", "kg:rank", "kg:corroborates claim:example-11 ; kg:rank"),
        "claim:example-09",
        "corroborates-same",
        "warning",
    ),
    "benefit under the heading of another": (
        UNDER + "\n".join(GAIN),
        "benefit:fame",
        "benefit-heading",
        "warning",
    ),
    "benefit under the heading of another, with a note": (
        UNDER + "\n".join((*GAIN, 'benefit:fame kg:editorNote "So the sentence has it."@en .')),
        "benefit:fame",
        "benefit-heading",
        "info",
    ),
    "causes in a loop": (plus(BACK), "event:border-clash", "causal-loop", "info"),
}

MUTATIONS = {
    "date told before it came": (
        edit("claim:example-10", "2020-05-03", "2020-06-20"),
        "claim:example-10",
        "date-after-source",
    ),
    "event told before it came": (
        edit("source:daily-1", 'issued "2020-05', 'issued "2020-04'),
        "claim:example-01",
        "date-after-source",
    ),
    "former state without an end or a successor": (FORMER, "actor:corvia", "former-state"),
    "former state without a successor": (
        FORMER + "\n" + ENDED,
        "actor:corvia",
        "former-state",
    ),
    "date before the earliest": (
        plus('event:march kg:notBefore "2020-05-10"^^xsd:date .'),
        "event:march",
        "date-order",
    ),
    "date after the latest": (
        plus('event:march kg:notAfter "2020-05-01"^^xsd:date .'),
        "event:march",
        "date-order",
    ),
    "provision of two agreements": (
        plus(
            PROVISION,
            said("agreement:amity-pact", "hasProvision", "provision:one"),
            said("agreement:old-pact", "hasProvision", "provision:one"),
        ),
        "provision:one",
        "provision-once",
    ),
    "actor as an effect": (
        edit("claim:example-06", "event:border-clash", "actor:borland"),
        "claim:example-06",
        "causal-ends",
    ),
    "thing of the wrong class": (
        edit("claim:example-07", "motivation:prestige", "event:border-clash"),
        "claim:example-07",
        "value-type",
    ),
    "day written as text": (
        edit("claim:example-10", '"2020-05-03"^^xsd:date', '"2020-05-03"'),
        "claim:example-10",
        "value-type",
    ),
    # name: (text, focus, rule)
    "edge without a claim": (
        plus("agreement:old-pact kg:hasParty actor:borland ."),
        "agreement:old-pact",
        "edge-without-claim",
    ),
    "hedged claim leaked into an edge": (
        plus("event:march kg:leadsTo event:border-clash ."),
        "event:march",
        "hedged-is-not-edge",
    ),
    "denied claim leaked into an edge": (
        plus("agreement:amity-pact kg:hasParty actor:corvia ."),
        "agreement:amity-pact",
        "hedged-is-not-edge",
    ),
    "assessment leaked into an edge": (
        plus("actor:arland kg:rivalOf actor:borland ."),
        "actor:arland",
        "hedged-is-not-edge",
    ),
    "reported motive leaked into an edge": (
        plus("event:march kg:motivatedBy motivation:prestige ."),
        "event:march",
        "hedged-is-not-edge",
    ),
    "edge kept after its claim was deprecated": (
        edit("claim:example-09", "kg:normal", 'kg:deprecated ; kg:rankReason "Outdated."@en'),
        "actor:arland",
        "hedged-is-not-edge",
    ),
    "edge kept after its claim was retracted": (
        edit("claim:example-09", "kg:rank", 'kg:retractedOn "2021-01-01"^^xsd:date ; kg:rank'),
        "actor:arland",
        "hedged-is-not-edge",
    ),
    "edge of a qualifying claim missing": (
        edit("actor:arland", "    kg:partnerOf actor:borland", '    kg:editorNote "gone"@en'),
        "claim:example-09",
        "missing-edge",
    ),
    "second value of a property that takes one": (
        plus('event:march kg:date "2020-05-03"^^xsd:date .'),
        "event:march",
        "functional-edge",
    ),
    "symmetric relation written twice": (
        plus("actor:borland kg:partnerOf actor:arland ."),
        "actor:borland",
        "symmetric-once",
    ),
    "missing holder": (
        without("claim:example-01", "prov:wasAttributedTo"),
        "claim:example-01",
        "claim-holder",
    ),
    "holder that is no actor": (
        edit("claim:example-01", "actor:ada-author", "event:march"),
        "claim:example-01",
        "claim-holder",
    ),
    "missing evidence": (
        without("claim:example-01", "kg:evidence"),
        "claim:example-01",
        "claim-evidence",
    ),
    "missing modality": (
        without("claim:example-06", "kg:modality"),
        "claim:example-06",
        "claim-modality",
    ),
    "unknown modality": (
        edit("claim:example-06", "kg:possible", "kg:fact"),
        "claim:example-06",
        "claim-modality",
    ),
    "two modalities": (
        edit("claim:example-06", "kg:possible", "kg:possible, kg:asserted"),
        "claim:example-06",
        "claim-modality",
    ),
    "two kinds": (
        edit("claim:example-01", "kg:fact", "kg:fact, kg:forecast"),
        "claim:example-01",
        "claim-kind",
    ),
    "missing polarity": (
        without("claim:example-11", "kg:polarity"),
        "claim:example-11",
        "claim-polarity",
    ),
    "hedged without the words": (
        without("claim:example-06", "kg:hedgeText"),
        "claim:example-06",
        "claim-hedge",
    ),
    "confidence over 100": (
        edit("claim:example-01", "kg:confidence 50", "kg:confidence 101"),
        "claim:example-01",
        "claim-confidence",
    ),
    "confidence as text": (
        edit("claim:example-01", "kg:confidence 50", 'kg:confidence "high"'),
        "claim:example-01",
        "claim-confidence",
    ),
    "confidence where it cannot be judged": (
        edit("claim:example-11", "kg:credibility 3", "kg:credibility 6"),
        "claim:example-11",
        "claim-confidence",
    ),
    "confirmed by one source alone": (
        edit("claim:example-11", "kg:credibility 3", "kg:credibility 1"),
        "claim:example-11",
        "corroboration",
    ),
    "statement of more than 25 words": (
        edit("claim:example-01", "Arland sent", "Arland " + "really " * 25 + "sent"),
        "claim:example-01",
        "claim-statement-length",
    ),
    "preferred without a reason": (
        without("claim:example-03", "kg:rankReason"),
        "claim:example-03",
        "rank-reason",
    ),
    "unlinked conflict": (
        GOOD.replace("    kg:conflictsWith claim:example-10 ;\n", "").replace(
            "    kg:conflictsWith claim:example-03 ;\n", ""
        ),
        "claim:example-03",
        "conflict-linked",
    ),
    "conflict linked one way": (
        GOOD.replace("    kg:conflictsWith claim:example-03 ;\n", ""),
        "claim:example-10",
        "conflict-both-ways",
    ),
    "two preferred values": (
        edit("claim:example-10", "kg:normal", 'kg:preferred ; kg:rankReason "Also."@en'),
        "claim:example-10",
        "preferred-once",
    ),
    "wrong order of validity": (
        edit(
            "claim:example-11",
            "kg:rank",
            'kg:validFrom "2020-02-01"^^xsd:date ; kg:validTo "2020-01-01"^^xsd:date ;'
            " kg:validPrecision kg:day ; kg:rank",
        ),
        "claim:example-11",
        "date-order",
    ),
    "signed after it was ratified": (
        plus(
            'agreement:old-pact kg:signedOn "2001-01-01"^^xsd:date ; kg:ratifiedOn "2000-01-01"^^xsd:date .'
        ),
        "agreement:old-pact",
        "date-order",
    ),
    "a year where a date belongs": (
        edit("claim:example-10", '"2020-05-03"^^xsd:date', '"2020"^^xsd:gYear'),
        "claim:example-10",
        "date-type",
    ),
    "a day that does not exist": (
        edit("source:review-2", "2020-06-01", "2020-06-31"),
        "source:review-2",
        "date-type",
    ),
    "literal where an entity belongs": (
        edit("claim:example-11", "rdf:object actor:borland", 'rdf:object "Borland"'),
        "claim:example-11",
        "value-kind",
    ),
    "entity where a literal belongs": (
        plus("passage:review-2-p3 kg:section actor:borland ."),
        "passage:review-2-p3",
        "value-kind",
    ),
    "relation to something that is no actor": (
        edit("claim:example-11", "rdf:object actor:borland", "rdf:object event:march"),
        "claim:example-11",
        "relation-ends",
    ),
    "self loop": (
        edit("claim:example-11", "rdf:object actor:borland", "rdf:object actor:arland"),
        "claim:example-11",
        "self-loop",
    ),
    "passage without source": (
        without("passage:review-2-p3", "oa:hasSource"),
        "passage:review-2-p3",
        "passage-source",
    ),
    "passage without place": (
        without("passage:daily-1-p1-s2", "kg:locator"),
        "passage:daily-1-p1-s2",
        "passage-locator",
    ),
    "fingerprint cut short": (
        edit("passage:daily-1-p1-s2", 'kg:fingerprint "', 'kg:fingerprint "0'),
        "passage:daily-1-p1-s2",
        "passage-fingerprint",
    ),
    "fingerprint missing": (
        without("passage:daily-1-p1-s2", 'kg:fingerprint "'),
        "passage:daily-1-p1-s2",
        "passage-fingerprint",
    ),
    "sentence not accounted for": (
        without("passage:daily-1-p1-s6", "kg:noClaimReason"),
        "passage:daily-1-p1-s6",
        "coverage",
    ),
    "sentence both read and excused": (
        plus('passage:daily-1-p1-s2 kg:noClaimReason "Nothing in it."@en .'),
        "passage:daily-1-p1-s2",
        "coverage",
    ),
    "marker without citation": (
        edit("claim:example-04", 'kg:citationMarker "1"', 'kg:citationMarker "7"'),
        "claim:example-04",
        "marker-citation",
    ),
    "citation without document": (
        without("citation:daily-1-n1", "kg:citedSource"),
        "citation:daily-1-n1",
        "citation-source",
    ),
    "duplicate label": (
        edit("actor:borland", '"Borland"@en', '"Arland"@en'),
        "actor:borland",
        "label-taken",
    ),
    "two preferred labels in one language": (
        edit("actor:borland", '"Borland"@en', '"Borland"@en, "Bor"@en'),
        "actor:borland",
        "label-unique",
    ),
    "label without language": (
        edit("actor:borland", '"Borland"@en', '"Borland"'),
        "actor:borland",
        "label-language",
    ),
    "no English label": (
        edit("actor:borland", '"Borland"@en', '"Borlande"@fr'),
        "actor:borland",
        "label-english",
    ),
    "motivation without its source": (
        without("motivation:prestige", "kg:motivationSource"),
        "motivation:prestige",
        "motivation-source",
    ),
    "motivation of nobody": (
        without("motivation:prestige", "kg:motivatedActor"),
        "motivation:prestige",
        "motivation-actor",
    ),
    "attributed motive held by its own actor": (
        edit("claim:example-07", "actor:ada-author", "actor:arland"),
        "claim:example-07",
        "motivation-holder",
    ),
    "benefit without beneficiary": (
        plus(
            "<https://w3id.org/gambit/id/benefit/fame> a kg:Benefit ;",
            '  skos:prefLabel "Fame"@en ; skos:definition "An invented gain."@en .',
        ),
        "benefit:fame",
        "benefit-beneficiary",
    ),
    "obligation without type": (
        obligation("kg:obliges actor:arland ;"),
        "obligation:aid",
        "obligation-type",
    ),
    "obligation of nobody": (
        obligation("kg:obligationType kg:neutrality ;"),
        "obligation:aid",
        "obligation-obligor",
    ),
    "agreement of one": (
        edit("claim:example-05", "rdf:object actor:borland", "rdf:object actor:arland"),
        "agreement:amity-pact",
        "agreement-parties",
    ),
    "bad code": (plus(CODE.format(code="Arl")), "claim:identity-arland-iso", "identity-code"),
    "same-as without identity link": (
        plus(OWL, "actor:arland owl:sameAs <http://www.wikidata.org/entity/Q99> ."),
        "actor:arland",
        "same-as",
    ),
    "same-as to somewhere else": (
        plus(OWL, "actor:arland owl:sameAs <http://example.org/arland> ."),
        "actor:arland",
        "same-as",
    ),
    "two nodes, one Wikidata entity": (
        plus(
            OWL,
            IDENTITY.format(who="actor:arland"),
            IDENTITY.format(who="actor:borland").replace("identity-arland", "identity-borland"),
            "actor:arland owl:sameAs <http://www.wikidata.org/entity/Q99> .",
            "actor:borland owl:sameAs <http://www.wikidata.org/entity/Q99> .",
        ),
        "actor:borland",
        "identity-shared",
    ),
    "undeclared property": (
        plus("actor:arland kg:isFriendlyTo actor:borland ."),
        "actor:arland",
        "undeclared-term",
    ),
    "node that nothing describes": (
        edit("claim:example-11", "rdf:object actor:borland", "rdf:object actor:nowhere"),
        "actor:nowhere",
        "undescribed",
    ),
    "blank node": (
        plus("actor:arland skos:note [ skos:example 1 ] ."),
        "actor:arland",
        "blank-node",
    ),
    "identity link that nobody checked": (
        plus(
            OWL,
            IDENTITY.format(who="actor:arland").replace('kg:checkMethod "By hand."@en ;', ""),
            "actor:arland owl:sameAs <http://www.wikidata.org/entity/Q99> .",
        ),
        "claim:identity-arland-wikidata",
        "identity-check",
    ),
    "claim named like an event": (
        GOOD.replace("claim:example-11", "event:example-11"),
        "event:example-11",
        "claim-name",
    ),
    "value outside its closed list": (
        edit("source:review-2", "kg:reliability kg:F", "kg:reliability kg:fact"),
        "source:review-2",
        "source-reliability",
    ),
    "scope outside the list that only the ontology gives": (
        edit("event:march", "kg:eventStatus", "kg:datePrecision kg:fact ; kg:eventStatus"),
        "event:march",
        "closed-list",
    ),
    "relation hidden behind its parent": (
        plus("actor:arland kg:actorRelation actor:corvia ."),
        "actor:arland",
        "edge-in-disguise",
    ),
    "words of the source kept": (
        plus('passage:daily-1-p1-s2 oa:exact "Invented words." .'),
        "passage:daily-1-p1-s2",
        "no-quotation",
    ),
    "one marker, two citations": (
        plus(
            "citation:daily-1-n2 a kg:Citation ; kg:citedSource source:review-2 ;",
            '  kg:citingSource source:daily-1 ; kg:marker "1" .',
        ),
        "citation:daily-1-n2",
        "citation-marker",
    ),
    "defence without a trigger": (
        obligation("kg:obliges actor:arland ; kg:obligationType kg:defense ;"),
        "obligation:aid",
        "obligation-trigger",
    ),
    "hedge of more than six words": (
        edit("claim:example-06", '"could"', '"could very well in the end perhaps"'),
        "claim:example-06",
        "claim-hedge-length",
    ),
    "earliest date after the latest": (
        plus(
            'event:border-clash kg:notBefore "2021-01-01"^^xsd:date ; kg:notAfter "2020-01-01"^^xsd:date .'
        ),
        "event:border-clash",
        "date-order",
    ),
    "link to a claim that does not exist": (
        edit("claim:example-11", "kg:rank", "kg:restates claim:example-99 ; kg:rank"),
        "claim:example-11",
        "claim-link",
    ),
}


#: Faults that cannot stand alone: the one looked for brings others with it.
CONSEQUENCES = {
    "two preferred values",
    "signed after it was ratified",
    "label without language",
    "agreement of one",
    "same-as without identity link",
    "same-as to somewhere else",
    "node that nothing describes",
    "link to a claim that does not exist",
}


def check(tmp_path: Path, text: str) -> Report:
    path = tmp_path / "mutated.ttl"
    path.write_text(text, encoding="utf-8")
    with suppress(RefusedError):  # a blank node has no canonical form
        path.write_bytes(canonical(read_graph(path)))
    return validate(path)


def test_the_unmutated_data_has_only_a_pact_without_parties_to_report() -> None:
    report = validate(EXAMPLE)
    assert report.conforms
    assert [(f.severity, f.focus) for f in report.findings] == [("warning", "agreement:old-pact")]


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_single_fault_is_found_at_its_node(tmp_path: Path, name: str) -> None:
    text, focus, rule = MUTATIONS[name]
    assert text != GOOD
    report = check(tmp_path, text)
    assert not report.conforms
    found = {(f.focus, f.rule) for f in report.findings if f.severity == "violation"}
    assert (focus, rule) in found, sorted(found)
    if name not in CONSEQUENCES:
        assert {r for _, r in found} == {rule}, sorted(found)


@pytest.mark.parametrize("name", LESSER)
def test_what_is_only_doubtful_is_found_and_leaves_the_data_valid(
    tmp_path: Path, name: str
) -> None:
    text, focus, rule, severity = LESSER[name]
    report = check(tmp_path, text)
    assert report.conforms, report.findings
    found = {(f.focus, f.rule, f.severity) for f in report.findings}
    assert (focus, rule, severity) in found, sorted(found)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("\n".join((*DUTY, ALLIED)), "alliance-duty"),
        (
            "\n".join((*DUTY, TERMINATED, ALLIED)).replace(
                "rdf:predicate kg:alliedWith ;",
                'rdf:predicate kg:alliedWith ; kg:validFrom "2001-01-01"^^xsd:date ;'
                ' kg:validTo "2005-01-01"^^xsd:date ; kg:validPrecision kg:year ;',
            ),
            "alliance-duty",
        ),
        (plus(said("actor:arland", "alliedWith", "actor:corvia", kind="assessment")), "alliance-duty"),
        (plus(said("event:march", "initiator", "actor:arland", passage="review-2-p3",
                   more="kg:corroborates claim:example-01"),
              "source:daily-1 kg:originatesFrom actor:borland ."), "corroborates-origin"),
        (UNDER.replace("Arland gains", "Corvia gains") + "\n".join(GAIN), "benefit-heading"),
        ("\n".join((FORMER, ENDED, said("actor:borland", "successorOf", "actor:corvia"))), "former-state"),
        (edit("claim:example-10", "2020-05-03", "2020-06-02"), "date-after-source"),
        (
            edit("claim:example-10", "2020-05-03", "2020-06-20").replace(
                "kg:eventStatus kg:happened", "kg:eventStatus kg:planned"
            ),
            "date-after-source",
        ),
        (
            edit("claim:example-10", "2020-05-03", "2020-06-20")
            + "\nevent:march kg:datePrecision kg:month .",
            "date-after-source",
        ),
        (plus(BACK.replace("kg:affirmative", "kg:negated")), "causal-loop"),
    ],
    ids=[
        "allied under a duty",
        "allied while the duty held",
        "an alliance in somebody's judgement",
        "corroboration from elsewhere",
        "benefit under its own heading",
        "former state with end and successor",
        "the date line between event and source",
        "a date yet to come",
        "a date known to the month",
        "a loop that is denied",
    ],
)  # fmt: skip
def test_nothing_is_found_where_nothing_is_wrong(tmp_path: Path, text: str, rule: str) -> None:
    report = check(tmp_path, text)
    assert rule not in {f.rule for f in report.findings}
    assert report.conforms, report.findings


def test_every_fault_in_a_file_is_reported_at_once(tmp_path: Path) -> None:
    text = plus(
        "agreement:old-pact kg:hasParty actor:borland .", "actor:arland kg:likes actor:corvia ."
    )
    rules = {f.rule for f in check(tmp_path, text).findings}
    assert {"edge-without-claim", "undeclared-term"} <= rules


def test_the_model_page_names_every_rule() -> None:
    page = (TOP / "docs" / "reference" / "model.md").read_text(encoding="utf-8")
    patterns = re.findall(r"`([a-z-]+\*?)`", page.partition("## What validation asks")[2])
    shapes = "".join(path.read_text(encoding="utf-8") for path in files.shapes_dir().glob("*.ttl"))
    rules = set(re.findall(r'sh:name "([a-z-]+)"', shapes))
    rules |= {rule for _, _, rule in MUTATIONS.values()} | {
        rule for _, _, rule, _ in LESSER.values()
    }
    assert [r for r in sorted(rules) if not any(fnmatch(r, p) for p in patterns)] == []
