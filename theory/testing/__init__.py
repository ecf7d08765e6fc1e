"""Hypothesis strategies for whoever tests code against this theory; they need the extra `test`, and nothing else imports them."""
