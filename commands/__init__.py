"""The commands of `manage.py`, one module or folder for each."""
