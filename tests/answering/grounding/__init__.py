"""The grounding check: drafts cut into sentences, compared with the cards, judged one by one."""
