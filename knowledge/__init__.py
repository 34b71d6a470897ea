"""What the product knows: municipalities, words, rules, replies. Data in YAML, shapes in `schema`.

Knows nothing of triage, channels, databases or HTTP.
"""
