"""One exchange, closely."""
