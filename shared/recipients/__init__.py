"""The register of recipients: list reading, batches, approval, publishing, lookup by NIK."""
