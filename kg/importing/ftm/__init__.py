"""FollowTheMoney: entities, statements and deltas."""
