"""What lives inside the lab's cluster: Nodes, pods, volumes, addresses, and the processes of pods that answer."""
