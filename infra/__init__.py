"""What runs, deploys and operates Rollcall; the services know nothing of it."""
