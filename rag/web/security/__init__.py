"""What stands between the network and the routes: each part refuses one thing, and none knows of answers."""
