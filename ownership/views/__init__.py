"""Pages about who answers."""
