"""What every stage needs to keep files: a key-value store over SQLite, and writing a file in one step."""
