"""What the pages show: Markdown, times, charts, and each sentence beside its ground."""
