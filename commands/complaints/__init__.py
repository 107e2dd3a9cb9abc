"""`manage.py complaints`: casework on complaints, and their integrity check."""
