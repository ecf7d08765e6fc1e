"""Mutschler & Zell 2021: the loss along lines, parabolic line searches, and batch size."""
