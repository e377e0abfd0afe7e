"""What every notebook shares: data with their credit, maps that never download, and checked exercises.

    from fieldnotes import load, show

Eight names: :func:`load` and :func:`fetch` bring a data set of ``ancillary_data/catalogue.toml``, :func:`catalogue`
lists them, :func:`cite` credits their makers; :func:`basemap` and :func:`show` draw; :func:`check` reads an exercise's
answer; :func:`cluster` finds workers for large data. Heavy libraries are imported by the function that needs them.
"""

from fieldnotes.data import catalogue, cite, fetch, load
from fieldnotes.exercises import check
from fieldnotes.figures import show
from fieldnotes.maps import basemap
from fieldnotes.workers import cluster

__all__ = ["basemap", "catalogue", "check", "cite", "cluster", "fetch", "load", "show"]
