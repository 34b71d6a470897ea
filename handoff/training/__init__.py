"""れんしゅう: an invented town with invented cases, for practice and for a first look. Only where TSUNAGU_DEMO is set."""
