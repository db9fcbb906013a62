"""What the review looks for, one file per concern: each takes the context of a plan and yields findings.

A concern that says more of an argument than the catalogue's row names it in ``CLAIMS``; then the row is not repeated.
"""
