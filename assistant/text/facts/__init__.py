"""The facts of a text that can be compared across languages: numbers, dates, names, and whether it says yes or no."""
