"""RDF of any vocabulary, in any syntax."""
