"""What the version dashboard is made of, wherever it is kept: a record of each deployment, the state, the page."""
