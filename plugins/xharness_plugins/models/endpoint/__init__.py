"""Models behind a server with the interface of OpenAI: chat, completions and embeddings over HTTP."""

FILE = "endpoint.json"
"""The file that describes an endpoint; a folder with it is a checkpoint of the adapter."""
