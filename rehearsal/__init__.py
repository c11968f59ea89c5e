"""The simulated estate: machines, etcd, API objects, releases and Flux in virtual time, with faults."""
