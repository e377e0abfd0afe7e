# The hub alone, without the lessons' environment. From the checkout: docker build -f hub/docker/hub.Dockerfile .
FROM python:3.12-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends acl socat \
 && rm -rf /var/lib/apt/lists/* \
 && pip install --no-cache-dir uv
COPY hub/pyproject.toml hub/uv.lock /opt/lock/
RUN UV_PROJECT_ENVIRONMENT=/opt/hub uv sync --frozen --no-dev --no-cache --project /opt/lock \
 && uv pip install --no-cache --compile-bytecode --python /opt/hub/bin/python dockerspawner==14.0.0
COPY hub /opt/fieldnotes/hub
ENV PATH=/opt/hub/bin:$PATH PYTHONPATH=/opt/fieldnotes PYTHONDONTWRITEBYTECODE=1
WORKDIR /opt/fieldnotes
CMD ["jupyterhub", "-f", "/opt/fieldnotes/hub/docker/jupyterhub_config.py"]
