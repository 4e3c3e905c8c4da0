"""A Ray cluster of two nodes of one CPU each on this machine, whose nodes can be killed."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Nodes:
    """The head and the second node; `address` is that of the head."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        self._cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        self._second = self._cluster.add_node(num_cpus=1)
        self.address = self._cluster.address

    def kill(self, *, head: bool) -> None:
        """Kill all processes of a node with SIGKILL."""
        node = self._cluster.head_node if head else self._second
        node.kill_all_processes(check_alive=False, allow_graceful=False, wait=True)

    def close(self) -> None:
        """Kill what is left."""
        for head in (False, True):
            self.kill(head=head)


@contextmanager
def cluster(env: Mapping[str, str]) -> Iterator[Nodes]:
    """Start the nodes with variables of the environment and a token of their own."""
    os.environ.update(env)
    os.environ |= {"RAY_AUTH_MODE": "token", "RAY_USAGE_STATS_ENABLED": "0"}
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # read when Ray is imported
    nodes = Nodes()
    try:
        yield nodes
    finally:
        nodes.close()
