"""Where this machine keeps files of hub repositories."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class HubCache:
    """A cache folder in the layout of huggingface_hub; `folder` None is the one that huggingface_hub uses.

    If `offline`, no request is sent: a file that is not in the cache is an error.
    """

    folder: Path | None = None
    offline: bool = False

    @property
    def path(self) -> Path:
        """Return the folder."""
        from huggingface_hub.constants import HF_HUB_CACHE

        return self.folder or Path(HF_HUB_CACHE)

    def repository(self, id: str, kind: str) -> Path:
        """Return the folder of a repository; `kind` is `model` or `dataset`."""
        return self.path / f"{kind}s--{id.replace('/', '--')}"

    def pin(self, id: str, kind: str, branch: str, commit: str) -> None:
        """Make a commit the newest one of a branch, as far as this cache knows."""
        ref = self.repository(id, kind) / "refs" / branch
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(commit, encoding="utf-8")


USUAL = HubCache()
"""The cache of huggingface_hub, with a network."""
