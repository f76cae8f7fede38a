from hypothesis import given
from hypothesis import strategies as st

from gateway.dashboard.projection import HEIGHT, WIDTH, on_map
from gateway.dashboard.spots import LARGEST, SMALLEST, Spot, labelled, radii


def test_places_stand_where_they_are_in_the_world() -> None:
    assert on_map(0, 0)[0] == WIDTH / 2
    assert on_map(0, 180)[0] == WIDTH
    east, west, north, south = on_map(38.9, -77.4), on_map(37.8, -122.4), on_map(53.3, -6.3), on_map(-33.9, 151.2)
    assert west[0] < east[0] < north[0] < south[0]
    assert north[1] < east[1] < south[1]


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_is_on_the_map(latitude: float, longitude: float) -> None:
    x, y = on_map(latitude, longitude)
    assert 0 <= x <= WIDTH
    assert 0 <= y <= HEIGHT


def test_marks_grow_with_slots_in_area() -> None:
    spots = {"none": Spot(0, 0, 0), "quarter": Spot(1, 1, 10), "all": Spot(2, 2, 40)}
    found = radii(spots)
    assert found["none"] == SMALLEST
    assert found["all"] <= LARGEST
    assert abs((found["all"] - SMALLEST) - 2 * (found["quarter"] - SMALLEST)) < 0.2
    assert radii({"none": Spot(0, 0, 0)}) == {"none": SMALLEST}
    many = radii({f"r{number}": Spot(0, 0, 40) for number in range(50)})
    assert many["r0"] < found["all"]


def test_of_names_that_would_cover_each_other_what_is_wrong_keeps_its_own() -> None:
    spots = {"large": Spot(500, 200, 40), "small": Spot(520, 201, 1), "far": Spot(100, 100, 1)}
    assert labelled(spots, radii(spots)) == {"large", "far"}, "the name of the small one would cover the large one's mark"
    beside = {"first": Spot(500, 200, 40), "second": Spot(530, 200, 40)}
    assert labelled(beside, radii(beside)) == {"first"}
    bad = {**beside, "second": Spot(530, 200, 40, is_bad=True)}
    assert labelled(bad, radii(bad)) == {"second"}
