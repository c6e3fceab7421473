"""natstap in the browser: `natstap serve-web`, an extra."""
