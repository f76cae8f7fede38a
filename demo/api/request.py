"""A request to the API, free of the server that took it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from demo.api.order import Upload


@dataclass(frozen=True, slots=True)
class Request:
    """Parameters of the query and the body together, files, and the address it came from. Its repr shows none of them."""

    parameters: Mapping[str, str] = field(repr=False)
    files: Mapping[str, Upload] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    address: str = field(default="127.0.0.1", repr=False)

    @property
    def wants_json(self) -> bool:
        """json=1; without it the answer is text."""
        return self.parameters.get("json") == "1"
