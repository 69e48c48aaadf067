"""Grades the course notebooks: run untrusted code once, judge the recorded evidence often."""
