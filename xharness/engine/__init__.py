"""Load, train and run models."""
