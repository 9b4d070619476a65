"""Retrieval: finds and ranks the passages for a question."""
