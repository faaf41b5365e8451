"""From a difference of definitions to a difference of tables, and nothing lost on the way.

`runtime.schema_plan`, `runtime.schema_apply` and `runtime.schema_drift` are the doors of this room.
"""
