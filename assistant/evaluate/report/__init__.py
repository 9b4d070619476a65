"""Reports of a run: JSON, HTML and Markdown."""
