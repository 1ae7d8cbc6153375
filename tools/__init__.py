"""Small commands for people who change this project."""
