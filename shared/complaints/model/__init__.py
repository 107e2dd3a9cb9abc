"""Complaint model: case, kinds, deadlines, lifecycle, transitions, tickets, repository."""
