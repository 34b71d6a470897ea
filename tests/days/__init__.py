"""Scenarios on their own days of the week, in this process: apart from the journeys, whose Chromium keeps a loop running."""
