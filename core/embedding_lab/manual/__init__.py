"""The offline manual: its pages, what is made for them, and the search over all of them."""
