"""The catalogue of programmes, their guides for residents, and their rules of eligibility."""
