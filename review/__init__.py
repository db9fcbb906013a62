"""What a plan does to an Aurora PostgreSQL database and to those connected, said before anybody approves it.

It reads the JSON of a plan, or of synthesized code before and after, and needs neither Terraform nor AWS nor a clock.
"""
