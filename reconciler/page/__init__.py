"""The page for people who would rather look than read: what is known, as HTML with drawings, live or as files.

Pure: a view in, files out. It is handed what was read, changes nothing, and holds no settings of orders or accounts, so
that no secret can stand in it. `reconciler report` writes the files; a server gives out the same ones, live.
"""
