"""Programmes of assistance: catalogue, guides for residents, and eligibility rules."""
