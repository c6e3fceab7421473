"""The desk: the panes beside each other, and the screens that are reached from it."""
