"""Readers of data files; `__all__` are the modules that plugins may import."""

__all__ = [
    "bitext",
    "choices",
    "conllu",
    "forms",
    "hub",
    "jsons",
    "lines",
    "mewslix",
    "mining",
    "passages",
    "pools",
    "schemes",
    "squad",
    "surrogates",
    "tables",
    "tagged",
    "texts",
    "tsv",
]
