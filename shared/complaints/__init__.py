"""Complaints of residents: intake around the clock, a ticket to follow, deadlines that escalate."""
