"""What an environment says (model, types, tiers, state, names, tuning) and what follows from it (topology, memory)."""
