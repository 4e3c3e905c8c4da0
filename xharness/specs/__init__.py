"""What plugins declare."""
