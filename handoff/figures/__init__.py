"""数字: what a town's year looked like, counted without opening what people wrote. Read `report.py` first."""
