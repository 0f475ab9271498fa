"""The scripted person of soak.py: an editor, a folder with branches, what people do, and what is compared."""
