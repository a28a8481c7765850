"""What of FollowTheMoney's schema an importer has to know, as tables.

From followthemoney 4.0.0 (MIT), followthemoney/schema/*.yaml: the ``edge`` of each
schema, the properties of type entity and country, and the classes that ours stand for.
The library itself needs PyICU, which not every machine can build.
"""

from __future__ import annotations

from typing import NamedTuple

#: The vocabulary of FollowTheMoney, for what ours has no term for.
FTM = "https://schema.followthemoney.tech/#"


class Relation(NamedTuple):
    """A schema that relates two things: the properties of its ends, our property, the words."""

    source: str
    target: str
    predicate: str
    words: str
    turned: bool = False


RELATIONS = {
    "Associate": Relation("person", "associate", "associateOf", "is an associate of"),
    "ContractAward": Relation("contract", "supplier", "", "was awarded to"),
    "CourtCaseParty": Relation("party", "case", "", "is involved in"),
    "Debt": Relation("debtor", "creditor", "owes", "owes"),
    "Directorship": Relation("director", "organization", "directs", "directs"),
    "Documentation": Relation("document", "entity", "", "documents"),
    "Employment": Relation("employee", "employer", "affiliatedWith", "works for"),
    "Family": Relation("person", "relative", "relativeOf", "is a relative of"),
    "Membership": Relation("member", "organization", "memberOf", "belongs to"),
    "Occupancy": Relation("holder", "post", "", "holds"),
    "Ownership": Relation("owner", "asset", "owns", "owns"),
    "Payment": Relation("payer", "beneficiary", "paid", "paid"),
    "ProjectParticipant": Relation("participant", "project", "", "participates in"),
    "Representation": Relation("agent", "client", "represents", "represents"),
    "Succession": Relation("predecessor", "successor", "successorOf", "succeeds", turned=True),
    "UnknownLink": Relation("subject", "object", "tiedTo", "is linked to"),
}

#: Schemata and the classes of ours that they fall under; those that fall under none.
CLASSES = {
    "Address": "PostalAddress",
    "Airplane": "Aircraft",
    "Company": "Company",
    "Event": "Event",
    "LegalEntity": "Actor",
    "Organization": "Organization",
    "Person": "Person",
    "Position": "Post",
    "PublicBody": "Organization",
    "Trip": "Event",
    "Vessel": "Vessel",
}
OTHER_SCHEMATA = frozenset(
    [
        "Article",
        "Asset",
        "Audio",
        "BankAccount",
        "Call",
        "CallForTenders",
        "Contract",
        "CourtCase",
        "CryptoWallet",
        "Document",
        "EconomicActivity",
        "Email",
        "Folder",
        "HyperText",
        "Identification",
        "Image",
        "License",
        "Mention",
        "Message",
        "Note",
        "Package",
        "Page",
        "Pages",
        "Passport",
        "PlainText",
        "Project",
        "RealEstate",
        "Sanction",
        "Security",
        "Similar",
        "Table",
        "TaxRoll",
        "UserAccount",
        "Vehicle",
        "Video",
        "Workbook",
    ]
)

#: Properties whose values are ids of entities. ``authority``, ``sender`` and ``subject`` are
#: texts in other schemata, so they count only where the value is an entity of the file.
ENTITIES = frozenset(
    [
        "addressEntity",
        "agent",
        "ancestors",
        "asset",
        "associate",
        "bank",
        "bankAccount",
        "bankForeign",
        "bankRub",
        "beneficiary",
        "beneficiaryAccount",
        "callForTenders",
        "caller",
        "candidate",
        "case",
        "client",
        "contract",
        "contractHolder",
        "creditor",
        "debtor",
        "declarant",
        "director",
        "document",
        "emitters",
        "employee",
        "employer",
        "endLocation",
        "entity",
        "holder",
        "inReplyToEmail",
        "inReplyToMessage",
        "involved",
        "issuer",
        "match",
        "member",
        "object",
        "onBehalfOf",
        "operator",
        "organization",
        "organizer",
        "owner",
        "parent",
        "participant",
        "party",
        "payer",
        "payerAccount",
        "person",
        "pictured",
        "post",
        "predecessor",
        "project",
        "proof",
        "receiver",
        "recipientAccount",
        "recipients",
        "relative",
        "resolved",
        "senderAccount",
        "startLocation",
        "successor",
        "supplier",
        "taxee",
        "tenderers",
        "transport",
        "vehicle",
    ]
)
ENTITIES_OR_TEXTS = frozenset(("authority", "sender", "subject"))

#: Properties whose values are codes of territories, and ours for them.
COUNTRIES = {
    "birthCountry": "",
    "citizenship": "nationality",
    "contextCountry": "",
    "country": "basedIn",
    "departureCountry": "",
    "destinationCountry": "",
    "detectedCountry": "",
    "flag": "flagState",
    "jurisdiction": "basedIn",
    "mainCountry": "basedIn",
    "nationality": "nationality",
    "originCountry": "",
    "pastFlags": "",
    "tradingCountry": "",
}

#: Properties that give identifiers, and the scheme of each.
IDENTIFIERS = {
    "callSign": "call-sign",
    "idNumber": "national-id",
    "imoNumber": "imo",
    "innCode": "tax-number",
    "mmsi": "mmsi",
    "passportNumber": "passport",
    "personalNumber": "national-id",
    "socialSecurityNumber": "national-id",
    "taxNumber": "tax-number",
    "unscId": "un-sanctions",
    "vatCode": "tax-number",
    "website": "website",
    "wikidataId": "wikidata",
    **dict.fromkeys(
        [
            "bic",
            "bvdId",
            "cageCode",
            "cikCode",
            "crsNumber",
            "dunsCode",
            "fnsCode",
            "giiNumber",
            "iban",
            "icaoCode",
            "ipoCode",
            "irsCode",
            "isin",
            "isinCode",
            "kppCode",
            "leiCode",
            "licenseNumber",
            "npiCode",
            "ogrnCode",
            "okpoCode",
            "permId",
            "pfrNumber",
            "registrationNumber",
            "ricCode",
            "serialNumber",
            "swiftBic",
            "ticker",
            "uniqueEntityId",
            "uscCode",
            "voenCode",
        ],
        "registration",
    ),
}

#: Properties that give other names: the sort of name, and how good it is.
NAMES = {
    "name": ("name", "strong"),
    "alias": ("alias", "strong"),
    "weakAlias": ("alias", "weak"),
    "previousName": ("previous name", "former"),
    "abbreviation": ("abbreviation", "weak"),
}

#: Properties that give texts, ours for them, and what they are called.
TEXTS = {
    "address": ("address", "address"),
    "birthDate": ("birthDate", "birth date"),
    "birthPlace": ("birthPlace", "birth place"),
    "email": ("email", "e-mail address"),
    "firstName": ("givenName", "given name"),
    "gender": ("gender", "gender"),
    "notes": ("remark", "note"),
    "phone": ("telephone", "telephone"),
    "position": ("heldPosition", "position"),
    "tonnage": ("tonnage", "tonnage"),
    "topics": ("topic", "topic"),
    "type": ("vesselType", "type"),
}
