"""Daily housekeeping of a kelurahan: escalation, check back, retention, expiry and alarms."""
