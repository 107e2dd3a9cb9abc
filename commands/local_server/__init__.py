"""`manage.py serve`: the local server of one PC, its first start and daily housekeeping."""
