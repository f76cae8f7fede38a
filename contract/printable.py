"""What came from outside, made fit for a terminal.

Pure. What is registered in Consul, or sent by a client, may hold what moves the cursor, sets the title of a window or turns a
line around: whoever looks must see that it is there, and nothing must come of it.
"""


def printable(text: object) -> str:
    """The text with everything escaped that is no character to be seen, line ends included."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in str(text))
