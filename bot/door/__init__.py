"""What happens to a message before it is answered: masking, care, and requests for a person."""
