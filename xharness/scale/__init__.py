"""Saved plans, which any number of workers on any machines perform together through one store."""
