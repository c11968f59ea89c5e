"""The rules of kstatus for the kinds that have one of their own, one file a kind (cli-utils, status/core.go)."""
