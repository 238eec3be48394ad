"""The parts of the suite that run at once: every other file."""

PARTS = 2


def select_part(config, items):
    """Keeps of the collected tests those of the part that was asked for."""
    part = config.getoption("part")
    if part is None:
        return
    files = sorted({item.path for item in items})
    some = set(files[part::PARTS])
    dropped = [item for item in items if item.path not in some]
    items[:] = [item for item in items if item.path in some]
    config.hook.pytest_deselected(items=dropped)
