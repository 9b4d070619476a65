"""A question in, ranked Hits out."""
