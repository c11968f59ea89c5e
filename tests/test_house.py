"""The house: layers held, and sizes as promised."""
