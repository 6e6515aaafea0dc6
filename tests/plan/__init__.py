"""What a plan decides, as data and as properties."""
