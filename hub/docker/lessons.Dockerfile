# What people work in: a server of JupyterHub, and the lessons' environment apart from it, as on one machine.
# From the checkout: docker build -f hub/docker/lessons.Dockerfile .
FROM python:3.12-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && pip install --no-cache-dir uv \
 && git config --system safe.directory '*'
COPY hub/pyproject.toml hub/uv.lock /opt/lock/hub/
COPY pyproject.toml uv.lock /opt/lock/lessons/
RUN UV_PROJECT_ENVIRONMENT=/opt/server uv sync --frozen --no-dev --no-cache --project /opt/lock/hub \
 && UV_PROJECT_ENVIRONMENT=/opt/lessons uv sync --frozen --no-dev --no-install-project --no-cache \
    --project /opt/lock/lessons \
 && uv pip install --no-cache --compile-bytecode --python /opt/lessons/bin/python dask-gateway==2026.3.0
# The lessons, their kernel and the server's configuration, laid out by the same lines as on one machine.
RUN --mount=type=bind,target=/src cd /src && /opt/server/bin/python -B -c "\
from pathlib import Path; from types import SimpleNamespace; from hub import folders; \
Path('/opt/shared').mkdir(); folders.publish(SimpleNamespace(root=Path('/opt')), '/opt/lessons/bin/python')" \
 && ln -s /opt/shared /fieldnotes \
 && mkdir -m 1777 /home/fieldnotes
COPY --chmod=755 hub/docker/start.sh hub/home.sh /opt/
# Dask Gateway starts its schedulers and workers by their names: these are the lessons'.
RUN ln -s /opt/lessons/bin/dask-scheduler /opt/lessons/bin/dask-worker /usr/local/bin/
ENV PATH=/opt/server/bin:/usr/local/bin:/usr/bin:/bin PYTHONDONTWRITEBYTECODE=1 LANG=C.UTF-8 TZ=UTC \
    JUPYTER_PATH=/fieldnotes/jupyter JUPYTER_CONFIG_PATH=/fieldnotes/jupyter
CMD ["/opt/start.sh", "jupyterhub-singleuser"]
