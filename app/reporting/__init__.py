"""Reports that look over several capabilities: what would be, next to what was. Nothing here changes anything."""
