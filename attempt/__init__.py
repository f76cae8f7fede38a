"""One attempt to hand a task over: sent once, what came of it as evidence, what that means, and what it tells of who was asked.

Whoever carries tasks decides by it: the gateway among regions, and the client-side balancer among workers.
"""
