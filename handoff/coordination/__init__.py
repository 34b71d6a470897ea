"""多機関協働: cases that no window can hold alone, from the flag to the end of the support."""
