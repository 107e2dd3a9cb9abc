"""Files as cells: kinds of file, safe unpacking, header rows, and column headers."""
