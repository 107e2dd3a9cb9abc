"""Daily housekeeping: escalation, retention, unfinished publications, alarms."""
