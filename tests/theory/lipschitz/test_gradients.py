"""Gradients of logistic and softmax regression in float64, by differences and against the largest sums of all subsets and classes."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

SLACK = 1e-9  # relative to numbers near 1, for a few dozen roundings in float64
STEP = 1e-6  # of central differences, which then err by about 1e-9
seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, classes: int) -> tuple[np.random.Generator, np.ndarray, np.ndarray]:
    dice = np.random.default_rng(seed)
    m, n = dice.integers(1, 5, size=2)
    return dice, dice.normal(size=(m, n)), dice.integers(0, classes, size=m)


def cross_entropy(X: np.ndarray, y: np.ndarray, W: np.ndarray) -> float:
    logits = X @ W.T
    return float(np.mean(np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(X)), y]))


def numerical_gradient(X: np.ndarray, y: np.ndarray, W: np.ndarray) -> np.ndarray:
    G = np.zeros_like(W)
    for place in np.ndindex(*W.shape):
        move = np.zeros_like(W)
        move[place] = STEP
        G[place] = (cross_entropy(X, y, W + move) - cross_entropy(X, y, W - move)) / (2 * STEP)
    return G


@pytest.mark.claim("yedida-saha:logistic-l")
@settings(max_examples=40)
@given(seeds)
def test_the_logistic_gradient_is_below_the_subset_against_it(seed: int) -> None:
    dice, X, y = drawn(seed, 2)
    w = dice.normal(size=X.shape[1]) * 3
    g = numerical_gradient(X, y, np.stack([0 * w, w]))[1]  # two classes with the logits 0 and x w
    a = X * (2 * y - 1)[:, None]
    own = np.linalg.norm((a @ g < 0) @ a) / len(X)
    every = max(float(np.linalg.norm(np.array(s) @ a)) for s in product((0, 1), repeat=len(a))) / len(X)
    assert np.linalg.norm(g) <= own + 1e-6 <= every + 2e-6
    assert np.linalg.norm(X) / (2 * len(X)) <= every + SLACK, "the printed constant is too small, never too large"
    wrong = -40 * a[0] / (a[0] @ a[0])
    alone = numerical_gradient(X[:1], y[:1], np.stack([0 * wrong, wrong]))[1]
    assert np.linalg.norm(alone) > 0.999 * np.linalg.norm(X[0]), "one sample that is wrong passes the printed half of it"


@pytest.mark.claim("yedida-saha:softmax-l")
@settings(max_examples=40)
@given(seeds, st.integers(2, 3))
def test_the_softmax_gradient_is_below_the_best_classes(seed: int, k: int) -> None:
    dice, X, y = drawn(seed, k)
    G = numerical_gradient(X, y, dice.normal(size=(k, X.shape[1])) * 3)
    unit = np.eye(k)
    best = (X @ G.T).argmax(axis=1)
    assert np.linalg.norm(G) <= np.linalg.norm((unit[best] - unit[y]).T @ X) / len(X) + 1e-6
    wrong = np.zeros((k, X.shape[1]))
    wrong[y[0]] = -40 * X[0] / (X[0] @ X[0])
    alone = np.linalg.norm(numerical_gradient(X[:1], y[:1], wrong))
    assert alone > 1.15 * np.linalg.norm(X[0]) > (k - 1) / k * np.linalg.norm(X[0]), "one sample passes the printed constant"
