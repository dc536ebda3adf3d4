"""The offensive motion: what goes right at an account, commercially, and whom to ask for what."""
