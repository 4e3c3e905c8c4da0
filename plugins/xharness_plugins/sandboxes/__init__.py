"""The built-in sandboxes, one file each; the strongest that works on a machine is used."""

from __future__ import annotations

from xharness_plugins.sandboxes.bubblewrap import BUBBLEWRAP
from xharness_plugins.sandboxes.gvisor import GVISOR
from xharness_plugins.sandboxes.landlock import LANDLOCK
from xharness_plugins.sandboxes.namespaces import NAMESPACES

SANDBOXES = (GVISOR, BUBBLEWRAP, NAMESPACES, LANDLOCK)
