"""The judge: it says which sentences of a draft the notes support, once it has passed the course's exam."""
