"""Firestore adapter of the store port."""
