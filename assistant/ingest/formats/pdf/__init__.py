"""PDF: characters and their places, page layout, running headers."""
