"""Running saved requests: in order, with what they need first, and judged by what they expect."""
