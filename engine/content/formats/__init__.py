"""The contents that natstap reads. Every module of this folder registers one or a few."""
