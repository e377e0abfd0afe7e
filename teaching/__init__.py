"""Hand a lesson out as an assignment, prove it, and grade what comes back: ``python -m teaching``."""
