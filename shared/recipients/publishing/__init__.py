"""Publishing: manifests, register and projection documents, and publications that resume."""
