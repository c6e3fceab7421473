"""Where and how to connect: flags, variables and contexts, as the nats CLI reads them."""
