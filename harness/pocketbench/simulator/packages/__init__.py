"""Packages: what an APK says of itself, and which are installed."""
