"""What it means that the policy file is another than before.

Pure.
"""

from contract.settings import SettingsError
from gateway.config import GatewayConfig

AT_START = ("route", "geoip")
"""What is read once, when the gateway starts."""


def check_change(before: GatewayConfig, after: GatewayConfig) -> None:
    """SettingsError when a gateway that asks for keys would stop to: a file cut short must not open it."""
    if before.tenant and not after.tenant:
        raise SettingsError("the policy file has no [[tenant]] any more, which lets everybody in: that takes a restart")
    if after.open and not before.open:
        raise SettingsError("the policy file says open = true, which lets everybody in: that takes a restart")


def waits_for_restart(begun: GatewayConfig, after: GatewayConfig) -> list[str]:
    """The keys that are other than when the gateway started, and do not follow."""
    return [key for key in AT_START if getattr(begun, key) != getattr(after, key)]


def told(before: GatewayConfig, after: GatewayConfig) -> str:
    """What changed, for the log."""
    old, new = ({row.name: row for row in config.tenant} for config in (before, after))
    changes = {
        "new": [name for name in new if name not in old],
        "gone": [name for name in old if name not in new],
        "changed": [name for name in new if name in old and new[name] != old[name]],
    }
    tenants = [f"tenants {how}: {', '.join(names)}" for how, names in changes.items() if names]
    others = [key for key in GatewayConfig.model_fields if key not in ("tenant", *AT_START)]
    rest = [key for key in others if getattr(before, key) != getattr(after, key)]
    return "; ".join([*tenants, *([f"changed: {', '.join(rest)}"] if rest else [])]) or "nothing changed"
