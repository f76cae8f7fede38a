"""A simulated solving API: `in.php`, `res.php`, `solve.php`, a switch for everything a real one does wrong, and a witness.

It stands alone: it imports nothing of the programs it judges. Start it with `python -m demo.api --port 8700`, or in a test
with `demo.api.serving.running(demo.api.app.create_app(key=...))`.
"""
