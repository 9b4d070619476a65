"""Takes the texts of removed documents out of store and cache, and proves it."""
