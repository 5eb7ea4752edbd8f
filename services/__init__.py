"""The four services of govwatch, and its commands."""
