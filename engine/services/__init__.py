"""Services that describe themselves under `$SRV`: who they are, what they take, how they do."""
