"""The console of staff: server-rendered pages, in an area for each task."""
