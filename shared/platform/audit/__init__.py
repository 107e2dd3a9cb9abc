"""The audit log of staff actions: its entries, and the hash chain that shows tampering."""
