"""The journal kept in SQL: SQLite in a file, or PostgreSQL behind a URL, by the same code."""
