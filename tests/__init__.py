"""The tests. Without this file, a package `tests` that somebody else installs would hide them."""
