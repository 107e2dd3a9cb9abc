"""The register of recipients: lists in, differences, approval, publishing, lookup by NIK."""
