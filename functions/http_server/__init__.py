"""The HTTP server of one PC: connections, bodies, and the application in its threads."""
