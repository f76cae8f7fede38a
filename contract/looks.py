"""The methods of what is only looked at, by balancers above all: some ask with one, some with the other."""

LOOKS = ("GET", "HEAD")
