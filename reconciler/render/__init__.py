"""Say what was found and done: to people as text, to programs as JSON, to reviewers as Markdown, to CI as annotations.

Pure: it returns text and prints nothing, so that every word a person reads can be tested.
"""
