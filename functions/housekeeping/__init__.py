"""The function for daily housekeeping, called by the scheduler."""
