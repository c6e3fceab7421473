"""Requests and responders kept as small files of a folder that belongs in git."""
