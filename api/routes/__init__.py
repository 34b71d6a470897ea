"""HTTP routes, one module a subject. Each exposes `router`; `api/app.py` includes them."""
