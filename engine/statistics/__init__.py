"""What was seen on each subject, counted in bounded memory."""
