"""The simulator as its clients see it: over HTTP, on loopback, by a client that is not ours."""
