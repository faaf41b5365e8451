"""The platform tables. Importing this package fills `Base.metadata`."""

from runtime.platform import apps, automation, changes, forms, people, personal, work

__all__ = ["apps", "automation", "changes", "forms", "people", "personal", "work"]
