"""What the function does, one module for each action: ``run`` takes the event and returns what is reported."""
