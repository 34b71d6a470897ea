"""What a resident's words mean: pure judgement by dictionary and rules, no clock, no I/O, no tenant.

Start reading at `engine.py`.
"""
