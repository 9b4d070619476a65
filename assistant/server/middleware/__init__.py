"""ASGI middleware: every request passes it before it reaches a route."""
