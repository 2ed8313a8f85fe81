"""Model servers on loopback: two stand-ins with canned replies, and a real small model."""
