"""Official submission folders: one sub-folder per task, one file per language."""
