"""Forms about figures, a module per subject."""
