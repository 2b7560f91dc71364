"""Questions about what is missing or wrong on cards."""
