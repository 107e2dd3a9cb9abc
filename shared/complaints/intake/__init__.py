"""Intake of complaints from residents: form, contacts, receipts, follow-ups and ratings."""
