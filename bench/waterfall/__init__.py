"""How near the gateway comes to one central queue over all slots, by the same arrivals."""
