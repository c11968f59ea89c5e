"""Reading a cluster's tree: templates, helmfiles, Flux Kustomizations. Files in, values out; nothing is dialled."""
