"""Infrastructure below all capabilities: stores, keys, audit log, backup, limits, files, logs."""
