"""The published contract: every message and every topic. Imports nothing of `streams`."""
