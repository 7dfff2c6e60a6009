"""Invented customers of an invented shop, spelled differently in three silos, for the demo."""
