"""Pages on which something is decided, a module per subject."""
