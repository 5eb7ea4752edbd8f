"""通知: opens a notice for each finding, tells people, follows it until it is closed."""
