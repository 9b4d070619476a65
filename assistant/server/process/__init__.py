"""The process of the server: its socket, its connections, its log, and its end."""
