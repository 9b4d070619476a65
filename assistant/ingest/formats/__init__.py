"""One room a file format: bytes or text in, text with structure out."""
