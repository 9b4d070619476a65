"""What only Vietnamese needs: accents and syllables."""
