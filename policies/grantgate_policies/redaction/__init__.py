"""Secrets, what they are known by and the guises they come in, and reports without them."""
