"""Messages that the user is about to send: written, checked, sent, and made of what was seen."""
