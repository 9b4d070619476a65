"""The files that documents were made of: their pages as pictures, the quote marked in them."""
