"""Attacks on a whole server, as somebody outside would carry them out."""
