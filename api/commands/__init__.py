"""Commands of `tsunagu`, one module a subject; `api/cli.py` gathers them."""
