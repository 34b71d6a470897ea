"""Events handed to other systems, signed after Standard Webhooks. Posts to addresses that towns choose themselves."""
