"""What staff are told outside the console, without a word of content: calls at night, mail, webhooks, calendars."""
