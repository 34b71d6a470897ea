"""The desk: which window, by when, what staff read in ten seconds, and what they may do with it."""
