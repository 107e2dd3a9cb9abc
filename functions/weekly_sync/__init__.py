"""The function for the weekly sync of lists."""
