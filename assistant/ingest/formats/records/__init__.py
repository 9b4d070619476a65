"""JSON and XML, read as records."""
