"""The processes that parse files, their limits and their wire format."""
