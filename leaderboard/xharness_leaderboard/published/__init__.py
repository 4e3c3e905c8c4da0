"""Published scores with their sources; shown beside measured scores, never ranked with them."""

from xharness_leaderboard.published.comparing import against, is_model
from xharness_leaderboard.published.gathering import Published, published
from xharness_leaderboard.published.reading import built_in

__all__ = ["Published", "against", "built_in", "is_model", "published"]
