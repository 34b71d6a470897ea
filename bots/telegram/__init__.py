"""Telegram. `webhook` and `reading` need no SDK (the web process imports them); `client` alone imports it."""
