"""HTML pages: blocks, main text and metadata."""
