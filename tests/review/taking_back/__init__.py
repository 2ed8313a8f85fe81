"""Tests of undoing a promotion."""
