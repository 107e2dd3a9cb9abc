"""Files: storage in a folder or bucket, private temporary workspaces, private output files."""
