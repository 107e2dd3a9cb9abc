"""The kelurahan's configuration file, and its calendar of working days."""
