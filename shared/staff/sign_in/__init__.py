"""Signing in: passwords, second factor, delays after failures, and devices that are known."""
