"""The static site: content, templates and its build into plain files."""
