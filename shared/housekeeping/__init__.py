"""Daily housekeeping: escalation, retention, unfinished publications, expiry, alarms."""
