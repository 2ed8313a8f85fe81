"""Whether the cards support a statement, contradict it, or leave it open."""
