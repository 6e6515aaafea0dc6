"""The providers as the rest of the program meets them; nothing here leaves this machine."""
