"""A LINE and a Telegram platform on loopback. Strict judges, so that what passes here passes there."""
