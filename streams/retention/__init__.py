"""The defensive motion: what goes wrong at an account, how badly, and what is done about it until when."""
