"""Every notebook, executed once, compared with what is committed, and reported: ``python -m ci``."""
