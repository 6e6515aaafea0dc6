"""A quarter in the life of an honest repository: whatever it is held up by, it must need."""
