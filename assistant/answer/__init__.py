"""Hits in, a cited Answer or an Abstention out."""
