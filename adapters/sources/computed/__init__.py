"""Facts that are computed from keys alone: telephone numbers, calendars, permitted hours."""
