"""The live list of exchanges, its filter and its search."""
