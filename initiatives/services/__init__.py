"""The governed acts of trying, a module per subject: `from initiatives.services import drafting; drafting.draft(…)`."""
