"""Conditions and other SQL expressions."""
