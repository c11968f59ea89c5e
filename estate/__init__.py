"""The ports: the outside world as steps see it, and the values that pass through."""
