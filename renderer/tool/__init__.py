"""`nearway render`: any template, any file, any program. What a region's renderer does for nginx, for all else.

Deciding: `command`, `config`, `arguments`, `report`. Doing: `running`, `child`, `output`, `applying`, `tool`, `once`.
"""
