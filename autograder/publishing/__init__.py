"""From the course to what students get.

address        where students get the course: course.toml, and the links that follow from it
shared_cells   the parts that all notebooks share are written into them
bundle         the folder or zip file for students: bundle_files gathers, inspector refuses
leak_check     what only the instructor has, looked for in any file
"""
