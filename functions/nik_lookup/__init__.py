"""The function of the public lookup by NIK."""
