"""The HTTP server: a FastAPI application."""
