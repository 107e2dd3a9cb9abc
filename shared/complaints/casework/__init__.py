"""Casework of staff on complaints: work queue, steps, export and integrity check."""
