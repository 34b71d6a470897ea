"""From the raw event to the answer on its way: inbox, dialogue, replies, outbox."""
