"""What is found, in environment files and in plans, and how it is said; knows nothing of either."""
