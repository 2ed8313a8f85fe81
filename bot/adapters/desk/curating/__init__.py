"""The desk's pages on what becomes of the cards: several questions as one card, changes undone, threads imported, the map."""
