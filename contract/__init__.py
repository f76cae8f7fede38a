"""What the parts owe each other: the words on the wire, the error codes, and the conduct every program promises.

A leaf: it imports nothing of ours, and every other package may import it.
"""

__version__ = "0.1.0"
