"""The public lookup by NIK: projection, proof of work, limits on misses, and answers."""
