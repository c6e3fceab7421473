"""The path of one message through the servers, and where its time went."""
