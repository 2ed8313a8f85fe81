"""The grounding check: every sentence of a draft must be supported by a retrieved card, and contradict none."""
