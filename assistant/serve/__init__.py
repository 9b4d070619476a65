"""The ways in: command line, web chat, HTTP."""
