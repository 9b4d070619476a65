"""What every stage needs to keep files: a key-value store over SQLite, writing a file in one step, finding text."""
