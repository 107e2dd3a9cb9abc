"""HTTP functions: one folder for each, and the gateway that serves them all on one port."""
