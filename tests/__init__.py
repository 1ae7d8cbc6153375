"""The tests. This folder is a package, because some other projects install one of this name."""
