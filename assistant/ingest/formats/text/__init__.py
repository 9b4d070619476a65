"""Plain text: its units, and the article in a page that was copied as text."""
