"""What is registered, by API."""
