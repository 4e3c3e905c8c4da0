"""The steps that execute each kind of stage, one file each."""
