"""Cryptography: keysets, the key file of one PC, and documents signed with a keyed MAC."""
