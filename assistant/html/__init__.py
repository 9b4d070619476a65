"""HTML pages and parts of pages, and the words on them."""
