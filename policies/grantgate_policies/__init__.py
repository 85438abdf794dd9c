"""What should be: rules over facts, the rules file, the pack, reports and the command line."""
