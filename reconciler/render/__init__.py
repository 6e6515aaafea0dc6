"""Say what was found and done: as text, JSON, a comment in Markdown with a map, annotations, or a test report of CI.

Pure: it returns text and prints nothing, so that every word a person reads can be tested.
"""
