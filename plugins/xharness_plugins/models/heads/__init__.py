"""The heads that an encoder can be trained with, one file each; `table.py` lists them."""
