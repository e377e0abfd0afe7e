"""Fixtures that the tests of live data share."""

from providers import cache, noaa, offer, provider, static

__all__ = ["cache", "noaa", "offer", "provider", "static"]
