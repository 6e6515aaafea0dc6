"""A simulated quarter of an honest team: it meets only the holds that it needs."""
