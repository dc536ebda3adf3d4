"""What the signals would have done over a past: the engine over a history, its result, and what became true."""
