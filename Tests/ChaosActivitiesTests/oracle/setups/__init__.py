"""States of AWS: each file has functions `setup_<name>(aws)`, which return names of resources, and `state(aws)`."""
