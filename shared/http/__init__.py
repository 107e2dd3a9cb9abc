"""The HTTP edge: from a request on the wire to a checked one, and from an error to a problem."""
