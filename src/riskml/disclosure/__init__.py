"""What those outside the office see, and by which right: anyone, by the code that an enterprise posts where a text says
so; a bank or association, by what an enterprise authorised.
"""
