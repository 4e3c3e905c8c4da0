"""Downloads from the Hugging Face hub: bounded waits, checked contents, and one clear line for each failure."""
