"""What a cell means: places, periods, programmes, birth dates, and what makes a duplicate."""
