"""Models: whatever gives sequences scores, behind one method, ``predict``."""
