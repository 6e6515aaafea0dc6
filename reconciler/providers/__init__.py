"""One package per provider behind one small interface, and the one HTTP client.

Only this room (and the simulator) opens connections. A provider knows nothing of another; whoever needs a provider gets
it from `registry` as a `Driver`. Reading and spending are two types, so that code which must not spend cannot.
"""
