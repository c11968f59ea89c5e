"""What is bootstrapped, one file a subject; pipeline.py shows the whole order."""
