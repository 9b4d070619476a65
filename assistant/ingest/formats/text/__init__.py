"""Plain text: its blocks, and the article in a page that was copied as text."""
