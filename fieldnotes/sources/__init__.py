"""Live data: one adapter a provider, chosen by the ``live`` key of a catalogue entry."""
