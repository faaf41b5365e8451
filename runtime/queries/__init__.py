"""The one query compiler: lists, search, aggregates, exports, single records. All of it under `runtime.access`."""
