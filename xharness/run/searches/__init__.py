"""Predictions by nearest neighbours among vectors."""
