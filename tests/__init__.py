"""The tests, by rooms; `support` is what several of them share."""
