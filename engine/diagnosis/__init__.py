"""Why an exchange went as it went: one cause, one sentence, and the evidence for it."""
