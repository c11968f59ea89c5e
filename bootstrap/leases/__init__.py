"""The leases that stand behind the port: a lock on this computer, a row beside the journal, both held as one."""
