"""评分: what was seen, judged by the official table of the place and day; says what changed, with the reason."""
