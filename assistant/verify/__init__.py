"""Checks whether a statement is supported by the passages that it cites."""
