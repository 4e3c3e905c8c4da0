"""The site: index.html and one page a model, which open from disk and can be read without JavaScript."""

from xharness_leaderboard.site.writing import write_site

__all__ = ["write_site"]
