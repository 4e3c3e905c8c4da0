"""What the run does for each kind of stage, one file each."""
