"""Published scores: facts with their sources, which stand beside what was measured and never in one rank with it."""

from xharness_leaderboard.published.comparing import against, is_model
from xharness_leaderboard.published.gathering import Published, published
from xharness_leaderboard.published.reading import built_in

__all__ = ["Published", "against", "built_in", "is_model", "published"]
