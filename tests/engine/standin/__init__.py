"""A stand-in for the AWS provider plugins, whose binaries are on no package registry; README.md says what it is."""
