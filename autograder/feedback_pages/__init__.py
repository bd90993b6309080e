"""What goes back to students: pages that say what was checked and found, and not the source of the hidden tests."""
