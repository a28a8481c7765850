"""Tables of any columns, by a mapping that says what they mean."""
