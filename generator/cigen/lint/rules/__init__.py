"""The rules, one file each; `cigen.lint.registry` lists them."""
