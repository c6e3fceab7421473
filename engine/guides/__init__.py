"""Guided flows: steps of one sentence, each done when the thing has happened."""
