"""The leaderboard: from many runs to a ranked board."""
