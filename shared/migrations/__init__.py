"""Migrations: stored data brought from the form of one version of the code to that of the next."""
