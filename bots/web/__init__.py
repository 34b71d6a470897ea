"""The web chat in the browser: loader, frame and their texts, as files without a build step.

Knows browsers and wording; nothing of HTTP frameworks, storage or triage. `api/routes/widget.py` serves it.
"""
