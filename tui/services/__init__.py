"""Services that describe themselves under `$SRV`."""
