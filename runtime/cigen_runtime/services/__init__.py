"""One module per remote system; each turns that system's failures into our errors."""
