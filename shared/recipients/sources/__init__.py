"""Sources of lists without an upload: folders and gs://, https addresses, Google Sheets."""
