"""The international system in tables: who was a state, allied, at war, how it voted."""
