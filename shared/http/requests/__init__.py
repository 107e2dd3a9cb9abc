"""What is read of a request: its body, form, files, and the client's address."""
