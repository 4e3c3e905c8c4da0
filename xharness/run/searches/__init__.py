"""Predict by nearest-neighbour search among vectors."""
