"""Keys, the record of who did what, and how long anything is kept. Knows no HTTP and no platform."""
