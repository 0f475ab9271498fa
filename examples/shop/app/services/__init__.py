"""What the shop does, between the routes and the repositories."""
