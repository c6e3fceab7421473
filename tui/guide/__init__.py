"""Guided flows on the screen: the strip with the step and its key."""
