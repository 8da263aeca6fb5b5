"""Glue's job runs, bookmarks and triggers; everything else of Glue is answered by the emulator."""
