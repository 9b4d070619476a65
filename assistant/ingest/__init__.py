"""Sources in, clean Documents and Chunks out."""
