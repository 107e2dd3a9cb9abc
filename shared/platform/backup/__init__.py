"""Backup and restore of all data, on either store: archive, encryption, creation, restore."""
