"""The commands of `formloom`, one file per group; web/cli.py lists them."""
