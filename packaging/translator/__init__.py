"""Restricted Python -> C: what it may say is on the page docs/explanation/native.md, and in tests/native/test_translator.py."""
