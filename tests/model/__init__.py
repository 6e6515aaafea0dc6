"""The words of the program, each with what it promises."""
