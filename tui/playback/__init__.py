"""A recording back in the world: served as stubs, or asked again."""
