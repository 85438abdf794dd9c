"""Programs and faults at random, and an oracle of its own that says whether a green verdict was earned."""
