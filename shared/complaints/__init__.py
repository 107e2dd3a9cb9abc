"""Complaints of residents: intake, tickets, casework, deadlines, escalation and retention."""
