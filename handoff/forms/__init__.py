"""帳票: a case as the papers that offices work with, for the screen, A4 and Excel. Read `papers.py` first."""
