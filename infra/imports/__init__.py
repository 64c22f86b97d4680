"""Jobs and people from elsewhere: schema.org JobPosting and tables of any shape.

A row that cannot land is reported with its field and reason; the others land.
"""
