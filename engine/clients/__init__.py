"""Who is connected to this account, what each listens to, and what this user may do."""
