"""Everything with a memory: what came in, what was said, who holds it, who may see it.

Receives its triage and its channels as arguments; knows no HTTP.
"""
