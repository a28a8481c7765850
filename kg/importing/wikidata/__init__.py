"""Wikidata: entity JSON, RDF dumps, plain triples of ids."""
