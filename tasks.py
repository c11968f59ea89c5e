"""The commands: `invoke --list` is the table of contents. Thin: one function each, no logic."""
