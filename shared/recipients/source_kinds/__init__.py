"""The kinds of source that a weekly list can come from, one module each."""
