from demo.events import Look, differences


def look(**given: object) -> Look:
    return Look(**given)  # type: ignore[arg-type]


def test_nothing_changed_nothing_told() -> None:
    seen = look(workers={"w": "passing"}, regions={"us": None}, moves={("us", "eu"): 2.0})
    assert differences(seen, seen) == []


def test_workers_come_get_busy_die_and_go() -> None:
    assert differences(look(), look(workers={"w": "passing"})) == ["worker w: up"]
    assert differences(look(workers={"w": "passing"}), look(workers={"w": "warning"})) == ["worker w: busy"]
    assert differences(look(workers={"w": "warning"}), look(workers={"w": "critical"})) == ["worker w: down"]
    assert differences(look(workers={"w": "critical"}), look()) == ["worker w: gone"]


def test_a_region_stops_and_starts_to_take_tasks() -> None:
    up, down = look(regions={"us": None}), look(regions={"us": "its endpoint is not passing"})
    assert differences(up, down) == ["region us: takes none, its endpoint is not passing"]
    assert differences(down, up) == ["region us: takes tasks"]


def test_tasks_that_moved_and_ended_are_counted_since_the_last_look() -> None:
    old = look(moves={("us", "eu"): 1.0}, tasks={("eu", "solved"): 5.0})
    new = look(moves={("us", "eu"): 3.0}, tasks={("eu", "solved"): 6.0, ("eu", "SUBMISSION_UNKNOWN"): 1.0})
    assert differences(old, new) == [
        "2 tasks moved: waiting for us goes on at eu, nothing is submitted again",
        "1 task SUBMISSION_UNKNOWN (eu)",
        "1 task solved (eu)",
    ]
