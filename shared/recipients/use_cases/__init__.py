"""Use cases of the register: weekly sync, source import, people search, repair."""
