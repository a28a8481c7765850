"""Coded events, and the codes they are coded in."""
