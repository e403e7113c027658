"""A new source: what a folder of files holds, how it could be read into the record tables, and what a load of it finds
wrong.
"""
