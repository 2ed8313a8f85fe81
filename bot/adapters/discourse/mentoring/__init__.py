"""What mentors and learners say on the forum about an answer."""
