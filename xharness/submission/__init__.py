"""Official submission folders: a sub-folder a task, a file a language."""
