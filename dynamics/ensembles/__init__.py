"""Many networks trained at once, over step sizes and seeds, each to its outcome.

- `training`: the call, and what it returns
- `_input`: what is trained, and from where; `_runs`: one batch of runs, kept on disk; `_mini_batches`: steps that change
"""
