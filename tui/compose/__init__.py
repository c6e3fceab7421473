"""The composer: what will be sent, and where."""
