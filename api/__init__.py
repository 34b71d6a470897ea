"""The door: HTTP, command line, settings. The only place that builds things and puts them together (`wiring.py`)."""
