"""What fills the terminal: the desk, and the small screens that come on top of it."""
