"""Backup and restore of the data of one PC: archive format, encryption, creation, restore."""
