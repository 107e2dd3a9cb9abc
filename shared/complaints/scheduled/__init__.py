"""Scheduled work on complaints: sweep, escalation, check back, and retention."""
