"""Pure rules of readiness: dict in, verdict out. No client, no clock, no I/O."""
