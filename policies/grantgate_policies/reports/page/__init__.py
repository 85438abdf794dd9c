"""The parts of the HTML report: what is packed into it, the map, and the files that a browser reads."""
