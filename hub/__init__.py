"""The services that host the lessons: one JupyterHub configuration, three profiles."""
