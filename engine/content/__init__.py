"""What a body is, and how it is read: one protocol, one registry, one way to ask.

`reading.read` is the way; each file of `formats/` registers a content. A package from elsewhere
adds one with an entry point in the group `natstap.content` that names its class.
"""
