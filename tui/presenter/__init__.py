"""The presenter view: one exchange or one flow in large type, step by step."""
