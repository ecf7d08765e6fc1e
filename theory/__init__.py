"""Machine-checked theory of step sizes in gradient descent: claims of five papers, their proofs and their verdicts.

printed claim  ->  formal statement  ->  evidence  ->  verdict
"""

__version__ = "0.1.0"
