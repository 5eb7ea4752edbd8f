"""Contracts first, then plumbing. Imports no service."""
