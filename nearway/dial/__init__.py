"""`nearway drain`, `undrain` and `dial`: set the share of a region's slots that gateways may use."""
