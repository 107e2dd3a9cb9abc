"""Everything that functions and commands share: capabilities, HTTP edge, platform."""
