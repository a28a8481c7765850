"""Identity between data sets: by exact identifiers, by names with a score, by judgement.

Nothing is merged by name alone, and nothing is merged in the files: links show linked
nodes as one (``kg.joining``) until they are taken back.
"""
