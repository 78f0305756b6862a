"""One command per file, named as in the contract; each has `run(job)`."""
