"""What is made of a finished run: submissions, tables, other formats, and scores computed again."""
