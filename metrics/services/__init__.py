"""The governed acts on figures, a module per subject: `from metrics.services import values; values.log(…)`."""
