"""Every word that a person or a program reads."""
