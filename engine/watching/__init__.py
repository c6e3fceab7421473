"""Watching what others say to each other, from the gentlest way to the loudest."""
