"""Tables of names that `hub.normalize.lexicon` reads."""
