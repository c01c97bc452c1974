"""The demonstration: real mortgage data, and the acts that fill the portal with it."""
