"""Feedback on its way to students: made where it is missing or out of date, and packed as an LMS takes it."""
