"""Officials change their town's knowledge: drafts, what they would do, and the versions that are live."""
