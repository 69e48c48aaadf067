"""Files that run in a student's kernel; each defines ``main(space, **arguments)``."""
