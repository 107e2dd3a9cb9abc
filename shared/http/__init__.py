"""The HTTP edge: request checks, access control, error responses, uploads and pages."""
