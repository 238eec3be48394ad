"""What the panels of a workspace show, as its spec has them."""


def list_panels(spec):
    """The panels of all sections: list of dict.

    Args:
        spec: dict, what `dashboard --spec` writes.
    """
    bank = spec["spec"]["section"]["panelBankConfig"]
    return [
        panel for section in bank["sections"] for panel in section["panels"]
    ]


def named(panel):
    """The figures, pictures and tables that a panel shows: list of str."""
    config = panel["config"]
    axes = [config.get("xAxis"), config.get("yAxis")]
    names = [*config.get("metrics", []), *config.get("mediaKeys", []), *axes]
    if panel["viewType"] == "Weave":
        picked = config["panel2Config"]["exp"]["fromOp"]["inputs"]["key"]
        names.append(picked["val"])
    return [name.removeprefix("summary:") for name in names if name]
