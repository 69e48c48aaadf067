"""From a learning management system's download to ``submitted/``, and back with the marks.

What each LMS calls its files and columns is in ``presets.toml``, read by :mod:`presets`.

The way of a download through this package:

extract      downloads, and the zip files in them, become folders, or are refused (archives)
filenames    what the LMS's file names say: who, when, late
roster       which student that is (roster_file reads the LMS's list)
sort         every file goes to a student or onto a list that says why not
versions     which of a student's files count
collect      the hand-ins are copied to ``submitted/``; collected says where every file has gone

The way of the marks back:

final_marks  marks from the gradebook, and whether they are final
layouts      the file that an LMS imports; spreadsheet, everybody and every question
export       writes either (csv_table)

zip_collect holds the plugins for nbgrader's command of that name.
"""
