"""Measures of a projection, each answer with the claims behind it.

Functions take a ``Projection`` and CURIEs, never the store, where what they can see is
what the caller chose to project; the few that weigh claims themselves (what is
disputed, what rests on one origin, a timeline) take the store and a ``Selection``.
Each file is one family of measures; all return an ``Answer``, but for paths and
neighbours, which have a shape of their own.
"""

from kg.analysis.answer import Answer as Answer
from kg.analysis.answer import Column as Column
from kg.analysis.answer import Row as Row
from kg.analysis.paths import Direction as Direction
from kg.analysis.paths import Path as Path
from kg.analysis.paths import Step as Step
from kg.analysis.paths import ego as ego
from kg.analysis.paths import neighbors as neighbors
from kg.analysis.paths import paths as paths
