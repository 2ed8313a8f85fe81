"""The check of a model's draft against the cards, sentence by sentence."""
