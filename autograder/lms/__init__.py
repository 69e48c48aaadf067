"""From a learning management system's download to ``submitted/``, and back with the marks.

The way of a download through this package:

archives    a zip file from outside becomes a folder, or is refused
names       what the LMS's file names say: who, when, late
roster      which student that is
sorting     every file goes to a student or onto a list that says why not
collecting  nbgrader's ``zip_collect`` does it
exporting   the marks go back, in the form that the LMS reads
"""
