"""The command line as a person and a pipeline meet it: words, streams, exit codes, signals."""
