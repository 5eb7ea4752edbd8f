"""What ``govwatch check`` is made of: addresses, the ruleset, one round of looking and judging, three ways to tell."""
