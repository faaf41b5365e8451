"""The designers: one blueprint file for each kind of part of an app. Administrators only."""
