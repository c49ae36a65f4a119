"""The governed acts of deciding, a module per subject: `from decisions.services import gates; gates.approve(…)`."""
