"""What rooms are made of: tables, facts, panes, dialogs, charts, bodies."""
