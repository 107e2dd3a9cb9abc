"""The function for public figures: how fresh the published list is."""
