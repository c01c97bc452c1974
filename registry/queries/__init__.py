"""What lists and pages read, each in a number of queries that does not grow with the rows."""
