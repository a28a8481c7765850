"""Threat actors: STIX bundles and MISP galaxies, and the states they are ascribed to."""
