"""The live looks behind the checks of the diagnosis, by what they look at; `live.py` lists them."""
