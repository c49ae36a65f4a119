"""Pages about figures, a module per subject."""
