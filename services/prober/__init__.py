"""探测: looks at outlets and says what it saw. It never says what that means."""
