"""Reading of lists: sheets, header rows, fields, row rules, merging and the problem report."""
