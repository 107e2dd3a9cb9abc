"""Limits: rate limit per address, failures per day, and client networks."""
