"""Complaint intake: the HTTP function by which residents complain and follow a complaint."""
