"""The engine: how it is run, watched and ended, and what its words mean."""
