"""The commands of `cigen`, one file each; `cigen.cli` lists them."""
