"""Facts that can be compared across languages: numbers, dates, names, and whether a text affirms or denies."""
