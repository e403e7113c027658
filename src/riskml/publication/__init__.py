"""What becomes of a published run: migration lists, notifications, packages for the upper level, exports, monitoring,
warnings.
"""
