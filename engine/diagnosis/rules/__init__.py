"""The rules: each looks at one case and says what it was, or stays silent. order.py lists them."""
