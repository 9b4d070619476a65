"""The file formats, one package each: they take bytes or text and return text with structure."""
