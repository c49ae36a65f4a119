"""Stand-ins for the places that are asked, for tests and the offline demo: small WSGI apps after published contracts.

All of them tell of one made-up shop (`world`), whose figures depend on the day on which they are asked.
"""
