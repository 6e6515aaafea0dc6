"""The daemon: its schedule, its sources, its loop, its endpoints, and a real one against the simulator."""
