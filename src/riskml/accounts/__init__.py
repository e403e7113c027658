"""Who somebody is and what they may do: accounts with passwords, sessions, tokens of programs, and the table of who may
do what.
"""
