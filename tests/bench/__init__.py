"""`make bench`: Formloom against hand-written routes and raw SQL, measured in one run as ratios."""
