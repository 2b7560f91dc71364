"""A believable federation of invented people: the same seed gives the same data."""
