# A worker, and `nearway register` for one that does not register itself: it registers with its agent, and sees to it that it
# stays registered. It reads nothing else, and sets no dials.
service "solver" { policy = "write" }
