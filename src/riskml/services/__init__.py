"""What commands, pages and notebooks call: each takes a workspace and who asks, and gives a frozen result. Nothing here
prints.
"""
