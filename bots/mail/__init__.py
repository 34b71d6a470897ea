"""Mail without content: it says that there is something to read, and where. The only package that imports an SMTP library."""
