"""What a command does beyond one run."""
