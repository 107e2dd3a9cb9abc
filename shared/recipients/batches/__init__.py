"""Batches: comparison with the published list, drafts, guards, sealed contents, undo."""
