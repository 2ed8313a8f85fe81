"""How the learned parameters are fitted."""
