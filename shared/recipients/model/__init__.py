"""Types shared by all stages: persons, entitlements, NIK, periods, problems, batches."""
