"""Runs kernel files in the student's kernel; this text is sent in front of every hook.

A kernel file is an ordinary module that defines ``main(space, **arguments)``. It has a namespace of
its own, so nothing in it collides with the student's names; ``space`` is the student's namespace.
"""


def _grading_run(packed, space):  # type: ignore[no-untyped-def]
    """Run the steps of a hook and return what the last one returned.

    Args:
        packed: From ``autograder.challenges.rendering.render``.
        space: The student's namespace.
    """
    import base64
    import json
    import sys
    import types
    import zlib

    def restored(value):  # type: ignore[no-untyped-def]
        if "__bytes__" in value:
            return base64.b64decode(value["__bytes__"])
        if "__array__" in value:
            import numpy

            data = base64.b64decode(value["__array__"])
            return numpy.frombuffer(data, value["dtype"]).reshape(value["shape"]).copy()
        return value

    sent = json.loads(zlib.decompress(base64.b64decode(packed)), object_hook=restored)
    before: dict[str, types.ModuleType | None] = {}
    result = None
    try:
        for step in sent["steps"]:
            for name in step["modules"]:
                if name not in before:
                    before[name] = sys.modules.get(name)
                    sys.modules[name] = types.ModuleType(name)
                    code = compile(sent["sources"][name], f"<{name}>", "exec")
                    exec(code, sys.modules[name].__dict__)
            result = sys.modules[step["modules"][-1]].main(space, **step["arguments"])
    finally:
        for name, former in before.items():
            if former is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = former
    return result
