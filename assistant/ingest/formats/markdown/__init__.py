"""Markdown files: front matter, CommonMark and its usual extensions."""
