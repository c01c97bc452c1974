"""Documents as content: what they say is built apart from how it is read and drawn."""
