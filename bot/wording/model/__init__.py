"""The configured language model: opened, called, and left alone when it fails."""
