"""Meaning of cells: residence, programmes, birth dates, row rules, and duplicates."""
