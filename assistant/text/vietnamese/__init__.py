"""Vietnamese: accents and syllables."""
