"""The state file: durable, honest about damage, and written by one run at a time."""
