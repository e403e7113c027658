"""Regulations as data: scope, rules, bands, measures, decisions, and the methods that need no model; from records to a
grade.
"""
