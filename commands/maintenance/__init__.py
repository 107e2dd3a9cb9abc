"""Maintenance commands: audit log, backup, housekeeping, migration, register."""
