"""The site: index.html and one page per entry, readable from disk and without JavaScript."""

from xharness_leaderboard.site.writing import write_site

__all__ = ["write_site"]
