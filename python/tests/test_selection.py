"""numpy indexes become the wire's text, and big arrays are cut where the limits ask for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hdf5_async import _selection
from hdf5_async.exceptions import InvalidSelectionError


@pytest.mark.parametrize(
    ("index", "text"),
    [
        (3, "3"),
        (-1, "-1"),
        (np.int16(4), "4"),
        (np.s_[1:10], "1:10"),
        (np.s_[:], ":"),
        (np.s_[::2], "::2"),
        (np.s_[5:-1:3, ..., 0], "5:-1:3, ..., 0"),
        (..., "..."),
        ([0, 3, 7], "[0, 3, 7]"),
        (range(4, 0, -2), "[4, 2]"),
        (np.array([2, 1], "<u8"), "[2, 1]"),
        (np.s_[[], 1], "[], 1"),
        (np.array([True, False, True]), "[0, 2]"),
        (np.s_[0, [True, False]], "0, [0]"),
        ((), ""),
        ("1:2, ::3", "1:2, ::3"),
    ],
)
def test_index_as_text(index: Any, text: str) -> None:
    assert _selection.selection_text(index) == text


@pytest.mark.parametrize(
    ("index", "reason"),
    [
        (1.5, "not an index"),
        (None, "not an index"),
        (True, "not an index"),
        (np.s_[0, np.newaxis], "not an index"),
        (np.s_[::-1], "step -1"),
        (np.s_[::0], "step 0"),
        (np.s_["a":], "not an index"),
        (np.s_[..., 0, ...], "more than once"),
        ([0.5], "integers"),
        (np.zeros((2, 2), int), "one list per axis"),
    ],
)
def test_what_is_no_selection(index: Any, reason: str) -> None:
    with pytest.raises(InvalidSelectionError, match=reason):
        _selection.selection_text(index)


DIMS = (6, 7, 8)
INDEXES = [
    np.s_[...],
    np.s_[2],
    np.s_[1:5, ::3],
    np.s_[-2:, ..., -1],
    np.s_[[4, 0, 4], 1:3],
    np.s_[3, :, 2:100],
    np.s_[5:2],
    np.s_[:, 0, 0],
]


@pytest.mark.parametrize("index", INDEXES)
def test_resolved_selection_selects_the_same(index: Any) -> None:
    data = np.arange(np.prod(DIMS)).reshape(DIMS)
    axes = _selection.resolve(index, DIMS)
    assert _selection.result_shape(axes) == data[index].shape
    again = _selection.index_of_text(_selection.resolved_text(axes))
    np.testing.assert_array_equal(data[again], data[index])


def test_resolving_names_what_is_outside() -> None:
    with pytest.raises(InvalidSelectionError, match="index 6 is outside axis 0"):
        _selection.resolve(np.s_[6], DIMS)
    with pytest.raises(InvalidSelectionError, match="index -9 is outside axis 2"):
        _selection.resolve(np.s_[..., [0, -9]], DIMS)
    with pytest.raises(InvalidSelectionError, match="names 4 axes"):
        _selection.resolve(np.s_[0, 0, 0, 0], DIMS)
    with pytest.raises(InvalidSelectionError, match="not a selection"):
        _selection.resolve("1:2:3:4", DIMS)


@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("max_elements", [1, 5, 8, 20, 100, 1000])
def test_boxes_cover_a_selection_once_and_fit(index: Any, max_elements: int) -> None:
    target = np.zeros(DIMS, int)
    values = np.arange(1, target[index].size + 1).reshape(target[index].shape)
    axes = _selection.resolve(index, DIMS)
    written = 0
    for box in _selection.boxes(values.shape, lambda first, end: end - first <= max_elements):
        part = values[box]
        assert 0 < part.size <= max_elements
        written += part.size
        text = _selection.resolved_text(_selection.narrowed(axes, box))
        selected = _selection.index_of_text(text)
        target[selected] = part.reshape(target[selected].shape)
    assert written == values.size
    expected = np.zeros(DIMS, int)
    expected[index] = values
    np.testing.assert_array_equal(target, expected)


def test_an_element_that_does_not_fit_is_a_box_of_its_own() -> None:
    sizes = np.array([1, 50, 2, 2])
    fits = lambda first, end: bool(sizes[first:end].sum() <= 4)  # noqa: E731
    assert list(_selection.boxes((4,), fits)) == [
        (slice(0, 1),),
        (slice(1, 2),),
        (slice(2, 4),),
    ]
