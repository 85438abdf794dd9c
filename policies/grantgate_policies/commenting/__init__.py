"""One comment on a pull request that always says how the last run ended: written once, and from then on updated."""
