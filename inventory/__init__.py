"""The cluster model and the clusters' files."""
