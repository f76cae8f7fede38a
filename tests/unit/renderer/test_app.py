from pathlib import Path

from discovery.instance import Health, Instance
from discovery.records import RegionEndpoint, as_region_endpoint
from renderer.app import endpoint
from renderer.region import read_region


def test_a_region_is_registered_so_that_a_gateway_can_read_it() -> None:
    region = read_region(Path(__file__).parents[3] / "regions" / "ap-south.toml")
    wanted = endpoint(region)
    assert wanted.check_url == "http://127.0.0.1:8083/region"
    found = as_region_endpoint(
        Instance("ap-south", "n", wanted.name, wanted.id, wanted.address, wanted.port, Health.PASSING, wanted.meta)
    )
    assert isinstance(found, RegionEndpoint)
    assert (found.region, found.title, found.location, found.url) == (
        region.name,
        region.title,
        region.location,
        region.endpoint.advertise,
    )
