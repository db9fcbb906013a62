"""The commands of ``main.py``, one file each: it loads, wires and prints, and what it wires lives in other rooms."""
