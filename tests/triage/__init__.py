"""Triage: reading, people, rules, figures."""
