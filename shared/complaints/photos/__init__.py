"""Photos of complaints: cleaning in a sandboxed process, and sealed storage."""
