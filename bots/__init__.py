"""How the product speaks on each channel. Knows messages and platforms, nothing of triage or storage."""
