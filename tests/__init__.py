"""The tests. This is a package, because some packages from elsewhere install one of this name."""
