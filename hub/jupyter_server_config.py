"""A person's notebook server: kernels of the lessons, no news from outside, uploads as large as the profile says."""

import json
import os
import shutil
from pathlib import Path

import jupyterlab.commands
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError

UPLOAD, IDLE = int(os.environ["FIELDNOTES_UPLOAD"]), int(os.environ["FIELDNOTES_IDLE"])
MEGABYTE = 2**20


class LimitedFileManager(AsyncLargeFileManager):
    """Files as ever, except that a file that is sent, in one piece or in many, has a largest size."""

    async def save(self, model, path=""):
        """Save a file or a piece of one; refuse what makes it too large, and remove the pieces."""
        sent, there = len(model.get("content") or ""), Path(self._get_os_path(path))
        size = sent * 3 // 4 if model.get("format") == "base64" else sent if model.get("format") == "text" else 0
        if model.get("chunk", 1) != 1 and there.is_file():
            size += there.stat().st_size
        if size > UPLOAD:
            if "chunk" in model:
                there.unlink(missing_ok=True)
            raise HTTPError(413, f"{path} is larger than {UPLOAD // MEGABYTE} MB, the most that may be uploaded here.")
        if size > shutil.disk_usage(self.root_dir).free:
            raise HTTPError(507, f"Your home is full: there is no room for {path}. Remove what you do not need.")
        return await super().save(model, path)


c = get_config()  # noqa: F821
c.ServerApp.contents_manager_class = LimitedFileManager
# A file travels as text, a third longer; JupyterLab sends 15 MB in one piece, and is to hear why that is too much.
c.ServerApp.max_body_size = c.ServerApp.max_buffer_size = max(2 * UPLOAD, 32 * MEGABYTE)
# JupyterLab's script reads this cookie; in all else it is as the hub's are.
c.ServerApp.tornado_settings = {"xsrf_cookie_kwargs": json.loads(os.environ.get("JUPYTERHUB_COOKIE_OPTIONS", "{}"))}
c.ServerApp.log_level = "WARN"  # the hub's log is no record of what people open
c.KernelSpecManager.ensure_native_kernel = False
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.ServerApp.jpserver_extensions = {"jupyter_lsp": False}  # it would look for language servers, and call npm
# JupyterLab starts Node.js to ask yarn where packages are for a build that happens nowhere here: half a second for each
# person who comes, and no setting of its own turns it off.
jupyterlab.commands._yarn_config = lambda logger: {"yarn config": {}, "npm config": {}}
c.MappingKernelManager.cull_idle_timeout = IDLE
